/** Options of `lifelens bench learning`, as parsed from the command line. */
export interface BenchLearningFlags {
  readonly train: string;
  readonly test: string;
  readonly protocol: string;
  readonly strategy: string;
  readonly seed?: number;
  /** Cap on strategy state and sample memory together, in bytes. */
  readonly memory?: number;
  readonly size?: 320 | 512;
  readonly engine?: 'auto' | 'onnx' | 'tfjs';
  readonly cache?: string;
  /** Images to keep of each set, evenly spaced. */
  readonly images?: number;
  readonly checkpoints?: number;
  readonly report?: string;
  readonly logLevel?: string;
}
