import type { EmbeddingOption } from '../embedding-option.ts';

/** The settings that `npm run bench:grid` searches for each method. */
export type Tuning = Required<Pick<GradientOptions, 'learningRate' | 'weightDecay' | 'hold'>>;

/**
 * Settings of every gradient method. Steps and batch size are the same for all methods, so that all
 * have the same budget; the settings of {@link Tuning} default to the method's own.
 */
export interface GradientOptions extends EmbeddingOption {
  /** Seeds the batches and all other random draws. Default: 1. */
  readonly seed?: number;
  /** Adam steps for each of the two layers. At least 1, default 150. */
  readonly steps?: number;
  /** Rows per step. At least 1, default 128. */
  readonly batch?: number;
  /**
   * Adam's rate at the first step of an update; falls linearly to 0. Above 0. Default: the
   * method's.
   */
  readonly learningRate?: number;
  /** L2 penalty of the weights over standardised features. Default: the method's. */
  readonly weightDecay?: number;
  /**
   * Multiplies the weight of the method's term against forgetting, if it has one. Default: the
   * method's.
   */
  readonly hold?: number;
  /** Bound on the state. Default: none; the background is bounded by number of rows only. */
  readonly bytesMax?: number;
  /** `wasm` skips libtensorflow. The last bits of a result depend on the backend. */
  readonly backend?: 'wasm';
  /** Awaited after every step. */
  readonly pause?: () => Promise<void>;
}
