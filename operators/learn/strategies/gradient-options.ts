/** Settings of every gradient method, the same for all so that all have the same budget. */
export interface GradientOptions {
  /** Seeds the batches and whatever else is drawn. Default 1. */
  readonly seed?: number;
  /** Steps of Adam for each of the two layers. At least 1, default 150. */
  readonly steps?: number;
  /** Rows a step. At least 1, default 128. */
  readonly batch?: number;
  /** Default 0.03. */
  readonly learningRate?: number;
  /** What the state may take. Without it only the background is bounded, by number. */
  readonly bytesMax?: number;
  /** `wasm` does not look for libtensorflow; the result depends on the backend in its last bits. */
  readonly backend?: 'wasm';
  /** Awaited after every step. */
  readonly pause?: () => Promise<void>;
}
