/** What a method is tuned by, all of them in one search (`npm run bench:grid`). */
export type Tuning = Required<Pick<GradientOptions, 'learningRate' | 'weightDecay' | 'hold'>>;

/**
 * Settings of every gradient method. Steps and rows a step are the same for all, so that all have the same budget;
 * what a method is tuned by is its own where it is not given.
 */
export interface GradientOptions {
  /** Seeds the batches and whatever else is drawn. Default 1. */
  readonly seed?: number;
  /** Steps of Adam for each of the two layers. At least 1, default 150. */
  readonly steps?: number;
  /** Rows a step. At least 1, default 128. */
  readonly batch?: number;
  /** Of Adam at an update's first step; falls evenly, and would be 0 after the last. Above 0. Default: the method's. */
  readonly learningRate?: number;
  /** Pull of the weights towards 0, over standardised features. Default: the method's. */
  readonly weightDecay?: number;
  /** Multiplies the weight by which a method holds on to what it knew, where it has one; 1 is that of its file. Default: the method's. */
  readonly hold?: number;
  /** What the state may take. Without it only the background is bounded, by number. */
  readonly bytesMax?: number;
  /** `wasm` does not look for libtensorflow; the result depends on the backend in its last bits. */
  readonly backend?: 'wasm';
  /** Awaited after every step. */
  readonly pause?: () => Promise<void>;
}
