/** What `lifelens run --report` writes. */
export interface RunReport {
  readonly captured: number;
  readonly detected: number;
  /** Frames by reason; captured = detected + all dropped. */
  readonly dropped: Readonly<Record<string, number>>;
  /** First captured frame to last detected one. */
  readonly durationMs: number;
  /** Frames detected a second over `durationMs`. */
  readonly fps: number;
  /** The one line that says which engine runs and why. */
  readonly engine: string;
  /** The bare engine in a loop over the same frames; null without --compare-engine. */
  readonly engineFps: number | null;
  /** Capture to detected. */
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  /** The engine's own share. */
  readonly detectMs: { readonly p50: number; readonly p99: number };
  readonly headVersion: number;
  readonly headHash: string;
  readonly learnedClasses: readonly string[];
  readonly swaps: number;
  readonly refused: number;
  /** ms from a label's arrival to the first frame detected with the head that learned it; one a swap. */
  readonly labelToLiveMs: readonly number[];
  /** Distinct confirmed tracks that were named so. */
  readonly tracks: Readonly<Record<string, number>>;
  readonly memoryBytes: number;
  /** The cap. */
  readonly memoryBytesMax: number;
  /** The most that was held at any time. */
  readonly memoryBytesPeak: number;
  readonly rssBytes: { readonly start: number; readonly max: number; readonly end: number };
}
