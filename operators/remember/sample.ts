import type { Box } from '../foundation/geometry/box.ts';
import type { TimeBasis } from '../foundation/time/time-basis.ts';
import { builtInVectors, type VectorSight } from '../detect/engines/sight.ts';
import type { BoxOffsets } from '../detect/heads/box-regression.ts';

/** The label of a sample. */
export interface Label {
  /** `class`: of this class. `background`: no object of interest (dismissed). */
  readonly kind: 'class' | 'background';
  /** The name of the class; null for `background`. */
  readonly class: string | null;
  /** The annotator: `person`, `program` or `simulation`, followed by a name if there is one. */
  readonly by: string;
  /** ms since the Unix epoch, or of virtual time in simulations. */
  readonly atMs: number;
  /** The journal entry that it comes from; absent for samples of a set, which has no journal. */
  readonly labelId?: string;
}

/**
 * One object in one frame, as stored in memory. Pictures never leave the machine; the thumbnail
 * helps a person to label the object and can be switched off.
 */
export interface Sample {
  readonly id: string;
  readonly camera: string;
  readonly trackId: number;
  readonly clusterId: string;
  readonly timestampMs: number;
  /** What `timestampMs` is the time of; absent where an earlier version stored the sample. */
  readonly timeBasis?: TimeBasis;
  readonly box: Box;
  readonly novelty: number;
  /** False while nobody is to be asked about it; absent: asked. */
  readonly asked?: boolean;
  /** cells × denseLatentLength: the cells around the object's centre (float16 bits). */
  readonly dense: Uint16Array;
  /** Per cell: membership of the object, 1 at its centre, falling off as CenterNet's Gaussian. */
  readonly denseTargets: Float32Array;
  /** crops × values of an embedding (float16 bits): the plain crop first, then augmented ones. */
  readonly embeddings: Uint16Array;
  /** What its vectors were made by. Absent: the built-in models. */
  readonly sight?: VectorSight;
  /** Offsets of the cropped box from the object's box, one per crop, for the last crops. */
  readonly offsets?: readonly BoxOffsets[];
  /** JPEG, or empty. */
  readonly thumbnail: Uint8Array;
  readonly label: Label | null;
  /** Names of classes that it is not, which somebody said; absent: none. */
  readonly notA?: readonly string[];
  /** Whether the labelled sample is reserved for the gate and never trained on. */
  readonly heldOut: boolean;
}

/** The embedding of the crop without augmentation, float16 bits; empty without crops. */
export function plainEmbedding({
  embeddings,
  sight = builtInVectors,
}: Pick<Sample, 'embeddings' | 'sight'>): Uint16Array {
  return embeddings.subarray(0, sight.embeddingLength);
}

/** Whether somebody said what a sample is, or what it is not. */
export function isLabelled({ label, notA }: Pick<Sample, 'label' | 'notA'>): boolean {
  return label !== null || (notA?.length ?? 0) > 0;
}

/** Whether somebody is asked about a sample by now, if it has no label. */
export function isAsked({ asked = true }: Pick<Sample, 'asked'>): boolean {
  return asked;
}

/** Stores samples under a cap in bytes; its policy selects the ones to evict. */
export interface SampleMemory {
  readonly policy: string;
  readonly bytesMax: number;
  /** Bytes of all samples: vectors, thumbnails, metadata and index. Never above `bytesMax`. */
  readonly bytes: number;
  readonly size: number;
  /** Rises with every change of the samples, for those who derive figures from them. */
  readonly revision?: number;
  /** Inserts a sample and returns the evicted ids, which include its own if it was refused. */
  insert(sample: Sample): readonly string[];
  get(id: string): Sample | undefined;
  /** Replaces a sample of the same id, to label it for example; returns the evicted ids. */
  replace(sample: Sample): readonly string[];
  remove(id: string): boolean;
  /** In insertion order. */
  values(): IterableIterator<Sample>;
}
