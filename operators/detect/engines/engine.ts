import type { EngineName } from './engine-choice.ts';

/** Values of one latent cell: the trunk's shared feature map before its two heads, stride 4. */
export const denseLatentLength = 128;
/** What a second look's values are made of, in their order; two log sizes follow. See docs/decisions/0013. */
export const cropEmbeddingParts = {
  layoutChannels: 64,
  layoutPlaces: 9,
  parts: 528,
  texture: 192,
} as const;
/**
 * Values of one second look: means of the layout tap's 64 channels over 3 × 3 places (channel-major), maxima of the
 * 528 part and 192 texture channels over the crop, and the crop's two log sizes. docs/decisions/0013 has why.
 */
export const cropEmbeddingLength =
  cropEmbeddingParts.layoutChannels * cropEmbeddingParts.layoutPlaces +
  cropEmbeddingParts.parts +
  cropEmbeddingParts.texture +
  2;
/** Side of a second look's square crop, in pixels. */
export const cropSize = 160;
/** Pixels of the view that one latent cell stands for. */
export const stride = 4;

/**
 * The part of a head that runs inside the engine: class-agnostic objectness, one linear
 * column over the dense latent, its value clipped to 0..1. All zeros until something is learned.
 */
export interface ObjectnessHead {
  /** {@link denseLatentLength} values. */
  readonly weights: Float32Array;
  readonly bias: number;
}

/**
 * The peaks of one frame, strongest first, as a structure of arrays of `count` rows.
 * A peak is a 3×3 local maximum of the largest base class heat, or of max(that, learned objectness): what is learned
 * adds peaks and takes none away, as far as `maxPeaks` allows.
 */
export interface Peaks {
  readonly count: number;
  /** count × 4: left, top, right, bottom in view pixels (may exceed the view's edge), from the base box head. */
  readonly boxes: Float32Array;
  /** count: max(base heat over all classes, learned objectness), 0..1. */
  readonly objectness: Float32Array;
  /** count: index into {@link Engine.baseClasses} of the hottest base class. */
  readonly baseClass: Int32Array;
  /** count: heat of that class, 0..1. */
  readonly baseScore: Float32Array;
  /** count: share of that class in the heat of all base classes together, 0..1. */
  readonly baseShare: Float32Array;
  /** count × {@link denseLatentLength}: the dense latent at the peak's cell. */
  readonly latents: Float32Array;
  /** count: index of the peak's cell, `row × (viewSize / stride) + column`. */
  readonly cells: Int32Array;
}

/** The trunk's maps over a whole view, for learning. */
export interface DenseMaps {
  /** Cells a side: viewSize / stride. */
  readonly side: number;
  /** side × side × {@link denseLatentLength}, row-major. */
  readonly latents: Float32Array;
  /** side × side: hottest base class's heat, 0..1. */
  readonly baseHeat: Float32Array;
  /** side × side: index of that class in {@link Engine.baseClasses}. */
  readonly baseClass: Int32Array;
  /** side × side: share of that class in the heat of all base classes together, 0..1. */
  readonly baseShare: Float32Array;
  /** side × side × 4: left, top, right, bottom distances in view pixels from the cell (4·column, 4·row). */
  readonly extents: Float32Array;
}

/**
 * The frozen trunk and base heads on some runtime. Lives in a worker; calls must not overlap.
 * Engines agree with each other within the tolerance that test/contracts/engine states.
 */
export interface Engine {
  readonly name: EngineName;
  /** What it runs on, e.g. `cpu`, `cuda`, `wasm`, `tensorflow-gpu`. */
  readonly provider: string;
  /** COCO's 80 names, in the base model's order. */
  readonly baseClasses: readonly string[];
  /** Takes effect from the next `detect` on; copies nothing and is never seen half done. */
  setObjectness(head: ObjectnessHead): void;
  /** RGB bytes `viewSize × viewSize × 3` (viewSize a multiple of 32) → at most `maxPeaks` peaks. */
  detect(view: Uint8Array, viewSize: number, maxPeaks: number): Promise<Peaks>;
  /** RGB bytes `count × lookSize × lookSize × 3`, and count × 2 log sizes → count × {@link cropEmbeddingLength}. */
  embedCrops(crops: Uint8Array, logSizes: Float32Array, count: number): Promise<Float32Array>;
  /** The whole maps of a view. Slower than `detect`; never used on the live path. */
  dense(view: Uint8Array, viewSize: number): Promise<DenseMaps>;
  close(): Promise<void>;
}
