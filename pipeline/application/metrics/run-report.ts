/** What `lifelens run --report` writes. */
export interface RunReport {
  readonly captured: number;
  readonly detected: number;
  /** Dropped frames by reason; captured = detected + all dropped. */
  readonly dropped: Readonly<Record<string, number>>;
  /** From the first captured frame to the last detected one. */
  readonly durationMs: number;
  /** Detected frames per second over `durationMs`. */
  readonly fps: number;
  /** Which engine runs, and why, in one line. */
  readonly engine: string;
  /** Frames per second of the bare engine over the same frames; null without --compare-engine. */
  readonly engineFps: number | null;
  /** From capture to detection. */
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  /** The engine's share of that. */
  readonly detectMs: { readonly p50: number; readonly p99: number };
  readonly headVersion: number;
  readonly headHash: string;
  readonly learnedClasses: readonly string[];
  /** Objects that were asked about, and questions that were withdrawn. */
  readonly questions: { readonly asked: number; readonly withdrawn: number };
  /** Labels, dismissals, undos and changes of classes that were carried out. */
  readonly labelCommands: number;
  readonly swaps: number;
  readonly refused: number;
  /** From a label's arrival to the first frame detected with the head that learned it, per swap. */
  readonly labelToLiveMs: readonly number[];
  /** Number of distinct confirmed tracks per class. */
  readonly tracks: Readonly<Record<string, number>>;
  readonly memoryBytes: number;
  /** The cap. */
  readonly memoryBytesMax: number;
  /** Highest `memoryBytes` of the run. */
  readonly memoryBytesPeak: number;
  readonly rssBytes: { readonly start: number; readonly max: number; readonly end: number };
}
