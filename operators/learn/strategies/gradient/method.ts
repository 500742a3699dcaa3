import type { Head, LinearLayer } from '../../../detect/heads/head.ts';
import type { Change, ClassMove } from '../../strategy.ts';
import type { FeatureScale } from './feature-scale.ts';
import type { Tuning } from './gradient-options.ts';
import type { Objective } from './train-layer.ts';
import type { TrainingExample, TrainingRows } from './training-rows.ts';

/** One of the head's two layers. */
export type LayerName = 'dense' | 'crop';

/** The update that a method takes part in. */
export interface UpdateContext {
  readonly change: Change;
  /** Classes after the change, in order of first appearance. */
  readonly classes: readonly string[];
  /** Classes before the change, those under their new names that move to a new class. */
  readonly before: readonly string[];
  /**
   * The head's layers before the change, with rows for the classes after it: zeros for a new class.
   */
  readonly layers: Readonly<Record<LayerName, LinearLayer>>;
  /** Bound on the bytes of the method's own state; Infinity without a bound. */
  readonly ownBytesMax: number;
  /** Uniform in [0, 1), seeded per update: determined by state, change and seed. */
  readonly random: () => number;
  /** Awaited regularly by long work; throws when the update is aborted. */
  readonly pause: () => Promise<void>;
}

/** One layer of an update, about to be trained. */
export interface LayerContext extends UpdateContext {
  readonly layer: LayerName;
  readonly examples: readonly TrainingExample[];
  /** The examples' rows in their order, then the background's. */
  readonly rows: TrainingRows;
  readonly scale: FeatureScale;
  /** Multiplies the weight of the method's term against forgetting. */
  readonly hold: number;
  /** Initial weights over standardised features: classes × (length + 1), bias last. */
  readonly start: Float32Array;
}

/** A trained layer. A layer without rows or classes is not trained. */
export interface TrainedLayer extends LayerContext {
  /** Like `start`. */
  readonly trained: Float32Array;
  /** The same layer over features that are not standardised. */
  readonly plain: LinearLayer;
}

/** Own state as numbers and vectors, for saving. */
export interface Packed {
  /** JSON. */
  readonly header: unknown;
  readonly blobs: readonly ArrayBufferView[];
}

/**
 * The parts in which gradient methods differ. `GradientStrategy` does everything else alike for
 * all: classes, batches, steps, objectness, background, saving.
 *
 * `Own` is the state that the method keeps between updates. Its values are immutable: after an
 * update that fails or is aborted, the previous value is still in use.
 */
export interface Method<Own> {
  readonly name: string;
  /** Title, authors, year. */
  readonly paper: string;
  /**
   * Share, 0..1, of the bytes left by layers and sums that the own state may use; the background
   * gets the rest.
   */
  readonly ownShare: number;
  /**
   * True if `examples` includes earlier negatives; otherwise a few are kept with the background.
   */
  readonly keepsNegatives: boolean;
  /** Default: softmax, and a threshold of 0.35. */
  readonly output?: { readonly activation: Head['activation']; readonly threshold: number };
  /** Trains from zero at every update instead of from the last head. Default: false. */
  readonly fromScratch?: boolean;
  /** The best settings found by `npm run bench:grid`. Defaults: 0.003, 1e-3, 1. */
  readonly tuning?: Partial<Tuning>;
  /** Multiple of the common number of steps. Default: 1. */
  readonly stepsFactor?: number;
  /**
   * Trains until it fits: repeats the steps, with the learning rate from its start, until a round
   * gains little over the one before, at most so often. Default: 1.
   */
  readonly roundsMax?: number;
  /** Most background cells to keep if bytes allow. Default: 4,096. */
  readonly backgroundCells?: number;
  readonly empty: Own;
  readonly bytes: (own: Own) => number;
  readonly pack: (own: Own) => Packed;
  /** Receives `pack`'s header and, in order, its blobs; the file's checksum vouches for both. */
  readonly unpack: (header: unknown, take: (length: number) => ArrayBuffer) => Own;
  /** Updates the own state before training. Default: unchanged. */
  readonly admit?: (own: Own, context: UpdateContext) => Own | Promise<Own>;
  /**
   * Makes what the own state keeps of one class part of another, or drops it for null, after
   * `admit`. Default: unchanged, for a state without names of classes.
   */
  readonly move?: (own: Own, move: ClassMove) => Own;
  /** Examples to train on besides background. If they have no rows, nothing is trained. */
  readonly examples: (own: Own, context: UpdateContext) => readonly TrainingExample[];
  /** Default: cross-entropy. */
  readonly objective?: (own: Own, context: LayerContext) => Objective;
  /** Updates the own state after training. Default: unchanged. */
  readonly consolidate?: (
    own: Own,
    context: UpdateContext,
    trained: Partial<Readonly<Record<LayerName, TrainedLayer>>>,
  ) => Own | Promise<Own>;
}

/** The state-related members of a method without own state. */
export const stateless = {
  ownShare: 0,
  empty: null,
  bytes: () => 0,
  pack: () => ({ header: null, blobs: [] }),
  unpack: () => null,
} satisfies Partial<Method<null>>;
