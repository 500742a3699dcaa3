import type { ViewPlan } from '../../ingest/frames/view-plan.ts';
import type { ViewSize } from '../../ingest/frames/view-size.ts';
import type { CandidateMaps } from './candidate-maps.ts';
import { builtInLayout, type EmbeddingLayout } from './embedding-layout.ts';
import type { EngineName } from './engine-choice.ts';

/** Values per cell of the dense latent: the backbone's last shared feature map, at stride 4. */
export const denseLatentLength = 128;
/** Values of one crop embedding of the built-in encoder; others have their own layout. */
export const cropEmbeddingLength = builtInLayout.length;
/** Sides of square crops that the built-in encoder takes, in pixels; the default first. */
export const builtInCropSizes = [160, 224] as const;
export type BuiltInCropSize = (typeof builtInCropSizes)[number];
/** Side of the built-in encoder's crops unless another one is configured. */
export const cropSize: BuiltInCropSize = builtInCropSizes[0];
/** View pixels per cell of the dense maps. */
export const stride = 4;

/**
 * The part of a head that runs inside the engine: class-agnostic objectness, linear in the dense
 * latent and clipped to 0..1. All zeros until a head is learned.
 */
export interface ObjectnessHead {
  /** {@link denseLatentLength} values. */
  readonly weights: Float32Array;
  readonly bias: number;
}

/**
 * The peaks of one frame, strongest first, as a structure of arrays of `count` rows.
 *
 * A peak is a 3×3 local maximum of base heat (the largest over all base classes), or of the
 * maximum of base heat and learned objectness. Learning therefore adds peaks and removes none,
 * within `maxPeaks`.
 */
export interface Peaks {
  readonly count: number;
  /**
   * count × 4: left, top, right, bottom in view pixels, from the base box head; may exceed the
   * view.
   */
  readonly boxes: Float32Array;
  /** count: max(base heat, learned objectness), 0..1. */
  readonly objectness: Float32Array;
  /** count: index into {@link Engine.baseClasses} of the hottest base class. */
  readonly baseClass: Int32Array;
  /** count: heat of that class, 0..1. */
  readonly baseScore: Float32Array;
  /** count: share of that class in the heat of all base classes together, 0..1. */
  readonly baseShare: Float32Array;
  /** count × {@link denseLatentLength}: the dense latent at the peak's cell. */
  readonly latents: Float32Array;
  /**
   * count: index of the peak's cell, `row × (view width / stride) + column`; for a detector of the
   * user, of the row in its outputs.
   */
  readonly cells: Int32Array;
  /**
   * Whether overlaps within each class are already suppressed, as a detector's family does it.
   * Absent for peaks of heat.
   */
  readonly isSuppressed?: true;
}

/** The cells of a view: its width and height in pixels / {@link stride}. */
export interface CellGrid {
  readonly columns: number;
  readonly rows: number;
}

/** The backbone's maps over a whole view, for learning. */
export interface DenseMaps extends CellGrid {
  readonly kind: 'grid';
  /** rows × columns × {@link denseLatentLength}, row-major. */
  readonly latents: Float32Array;
  /** rows × columns: heat of the hottest base class, 0..1. */
  readonly baseHeat: Float32Array;
  /** rows × columns: index of that class in {@link Engine.baseClasses}. */
  readonly baseClass: Int32Array;
  /** rows × columns: share of that class in the heat of all base classes together, 0..1. */
  readonly baseShare: Float32Array;
  /**
   * rows × columns × 4: left, top, right, bottom distances in view pixels from the cell's corner
   * (4·column, 4·row).
   */
  readonly extents: Float32Array;
}

/**
 * A detector on a runtime: it finds objects of its base classes, and places that may hold others.
 * Calls must not overlap.
 */
export interface DetectorModel {
  /**
   * What its latents depend on: `centernet` for the built-in one, and format, digest of the file
   * and mark of the classes for one of the user, whatever the file is called.
   * Heads and samples of another id do not fit.
   */
  readonly id: string;
  /** What it is, for the log; absent for the built-in one. */
  readonly text?: string;
  /** Names of the classes, in the order of {@link Peaks.baseClass}. */
  readonly baseClasses: readonly string[];
  /** How its views are made: what it was opened for. */
  readonly viewSize: ViewPlan;
  /** Copies the weights. Takes effect with the next `detect`, never within one. */
  setObjectness(head: ObjectnessHead): void;
  /**
   * Finds at most `maxPeaks` peaks. `view`: RGB, `viewBytes(viewSize)` bytes. Rejects with a
   * RangeError for views that it does not take.
   */
  detect(view: Uint8Array, viewSize: ViewSize, maxPeaks: number): Promise<Peaks>;
  /**
   * Computes what learning needs of a whole view: the maps of a grid, or all candidates. Slower
   * than `detect`; not for the live path.
   */
  dense(view: Uint8Array, viewSize: ViewSize): Promise<DenseMaps | CandidateMaps>;
  close(): Promise<void>;
}

/** What an encoder takes and gives. */
export interface CropEncoding {
  /** Side of its square crops, in pixels. */
  readonly cropSize: number;
  /** How the values of one crop's embedding are laid out. */
  readonly embedding: EmbeddingLayout;
}

/** An encoder on a runtime: it turns a crop into a vector. Calls must not overlap. */
export interface CropEncoder extends CropEncoding {
  /** What its vectors depend on, in one word per model. */
  readonly id: string;
  /** One line for the log; absent for the built-in one. */
  readonly text?: string;
  /**
   * Encodes `count` crops: RGB, count × cropSize × cropSize × 3. Resolves with count ×
   * (embedding.length - 2) values.
   */
  encode(crops: Uint8Array, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** The ids of the models that see: vectors of others mean something else. */
export interface Sight {
  readonly detector: string;
  readonly encoder: string;
}

/** The ids of the built-in models. */
export const builtInSight = { detector: 'centernet', encoder: 'backbone' } as const satisfies Sight;

/** The id of the built-in encoder for crops of this size: the same values mean something else. */
export function builtInEncoderId(size: BuiltInCropSize): string {
  return size === cropSize ? builtInSight.encoder : `${builtInSight.encoder}-${size}`;
}

/**
 * A detector and an encoder of crops on a runtime. Lives in a worker; calls must not overlap.
 * Engines with the same models agree with each other within the tolerance of
 * test/contracts/engine.contract.test.ts.
 */
export interface Engine extends Omit<DetectorModel, 'id'>, CropEncoding {
  readonly name: EngineName;
  /** The device or backend: `cpu`, `cuda`, `wasm`, `tensorflow`, `tensorflow-gpu`. */
  readonly provider: string;
  readonly sight: Sight;
  /**
   * Embeds `count` crops: RGB, count × cropSize × cropSize × 3, and count × 2 log sizes. Resolves
   * with count × embedding.length values, the log sizes last.
   */
  embedCrops(crops: Uint8Array, logSizes: Float32Array, count: number): Promise<Float32Array>;
}
