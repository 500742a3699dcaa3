import type { Box } from '../foundation/geometry/box.ts';
import type { BoxOffsets } from '../detect/heads/box-regression.ts';

/** Who said what a sample is. */
export interface Label {
  /** `class`: it is this. `notA`: it is not this. `background`: nothing worth a name (dismissed). */
  readonly kind: 'class' | 'notA' | 'background';
  /** The class for `class` and `notA`. */
  readonly class: string | null;
  /** `person`, `program` or `simulation`, and a name where one was given. */
  readonly by: string;
  /** ms since the Unix epoch, or of virtual time in simulations. */
  readonly atMs: number;
}

/**
 * What is kept of one object at one moment. No picture leaves the machine; the
 * thumbnail serves the person who names it and can be switched off.
 */
export interface Sample {
  readonly id: string;
  readonly camera: string;
  readonly trackId: number;
  readonly clusterId: string;
  readonly timestampMs: number;
  readonly box: Box;
  readonly novelty: number;
  /** cells × denseLatentLength, the cells around the object's centre (float16 bits). */
  readonly dense: Uint16Array;
  /** A cell: how much it belongs to the object, 1 at the centre, falling off as CenterNet's Gaussian. */
  readonly denseTargets: Float32Array;
  /** looks × lookLatentLength (float16 bits): the plain look first, then augmented ones. */
  readonly embeddings: Uint16Array;
  /** For the last of the looks, one each: what the box that was looked at is off by. */
  readonly offsets?: readonly BoxOffsets[];
  /** JPEG, or empty. */
  readonly thumbnail: Uint8Array;
  readonly label: Label | null;
  /** True for the share of labelled objects that is never trained on, only judged on. */
  readonly heldOut: boolean;
}

/** Holds samples under a cap in bytes; which go when it is full is its policy. */
export interface SampleMemory {
  readonly policy: string;
  /** The cap. */
  readonly bytesMax: number;
  /** What all samples cost now: vectors, thumbnail, metadata and index. Never above `bytesMax`. */
  readonly bytes: number;
  readonly size: number;
  /** Stores the sample and returns the ids that went for it; the new one's own id is among them when it was not taken. */
  insert(sample: Sample): readonly string[];
  get(id: string): Sample | undefined;
  /** Replaces a sample by one with the same id (a label, say). Unknown ids throw. */
  replace(sample: Sample): readonly string[];
  remove(id: string): boolean;
  /** In insertion order. */
  values(): IterableIterator<Sample>;
}
