import type { Head, LinearLayer } from '../../../detect/heads/head.ts';
import type { Change } from '../../strategy.ts';
import type { FeatureScale } from './feature-scale.ts';
import type { Tuning } from './gradient-options.ts';
import type { Objective } from './train-layer.ts';
import type { TrainingExample, TrainingRows } from './training-rows.ts';

/** One of the head's two layers. */
export type LayerName = 'dense' | 'look';

/** What is known when an update begins. */
export interface UpdateContext {
  readonly change: Change;
  /** Classes after the change, in order of first appearance. */
  readonly classes: readonly string[];
  /** Classes before it. */
  readonly before: readonly string[];
  /** The head's layers before it, carried over to the classes after it: zeros for a class that is new. */
  readonly layers: Readonly<Record<LayerName, LinearLayer>>;
  /** Bytes that the method's own state may take; Infinity without a bound. */
  readonly ownBytesMax: number;
  /** Uniform in [0, 1), seeded a update: state, change and seed decide what it gives. */
  readonly random: () => number;
  /** Awaited now and then by long work; throws when the update is aborted. */
  readonly pause: () => Promise<void>;
}

/** What is known when a layer is about to be trained. */
export interface LayerContext extends UpdateContext {
  readonly layer: LayerName;
  readonly lessons: readonly TrainingExample[];
  /** The lessons' rows in their order, then background's. */
  readonly rows: TrainingRows;
  readonly scale: FeatureScale;
  /** Multiplies the weight by which the method holds on to what it knew. */
  readonly hold: number;
  /** What the descent starts from, over standardised features: classes × (length + 1), bias last. */
  readonly start: Float32Array;
}

/** A layer after its training. One without rows or classes to learn is not trained, and has none of these. */
export interface TrainedLayer extends LayerContext {
  /** Like `start`. */
  readonly trained: Float32Array;
  /** The same over plain features. */
  readonly plain: LinearLayer;
}

/** Own state as numbers and vectors, for saving. */
export interface Packed {
  /** JSON. */
  readonly header: unknown;
  readonly blobs: readonly ArrayBufferView[];
}

/**
 * Where one gradient method differs from another. All else, `GradientStrategy` does alike for all: classes,
 * batches, steps, objectness, background, saving.
 *
 * `Own` is what the method keeps from update to update. Values of it are immutable: an update
 * that fails or is aborted goes back to the one before.
 */
export interface Method<Own> {
  readonly name: string;
  /** Title, authors, year. */
  readonly paper: string;
  /** Share, 0..1, of what layers and sums leave of `bytesMax` that the own state may take; the background gets the rest. */
  readonly ownShare: number;
  /** Whether the lessons bring the negatives of earlier changes along; if not, a few are kept with the background. */
  readonly bringsNegatives: boolean;
  /** Default: softmax, and a threshold of 0.35. */
  readonly output?: { readonly activation: Head['activation']; readonly threshold: number };
  /** Trains from zero at every update instead of going on. Default false. */
  readonly fromScratch?: boolean;
  /** What it did best with in `npm run bench:grid`. Default, of each: 0.003, 1e-3, 1. */
  readonly tuning?: Partial<Tuning>;
  /** Multiple of the common number of steps. Default 1. */
  readonly stepsFactor?: number;
  /** Background cells kept at most, where bytes allow. Default 4,096. */
  readonly backgroundCells?: number;
  readonly empty: Own;
  readonly bytes: (own: Own) => number;
  readonly pack: (own: Own) => Packed;
  /** Takes `pack`'s header and its blobs in their order; the file's checksum vouches for both. */
  readonly unpack: (header: unknown, take: (length: number) => ArrayBuffer) => Own;
  /** Takes the change into the own state, before the training. Default: as it was. */
  readonly admit?: (own: Own, context: UpdateContext) => Own | Promise<Own>;
  /** What to train on beside background. Without a single row of it, nothing is trained. */
  readonly lessons: (own: Own, context: UpdateContext) => readonly TrainingExample[];
  /** Default: cross-entropy. */
  readonly objective?: (own: Own, context: LayerContext) => Objective;
  /** Looks back after the training. Default: the own state as it was. */
  readonly consolidate?: (
    own: Own,
    context: UpdateContext,
    trained: Partial<Readonly<Record<LayerName, TrainedLayer>>>,
  ) => Own | Promise<Own>;
}

/** The own state of a method that keeps nothing. */
export const keepsNothing = {
  ownShare: 0,
  empty: null,
  bytes: () => 0,
  pack: () => ({ header: null, blobs: [] }),
  unpack: () => null,
} satisfies Partial<Method<null>>;
