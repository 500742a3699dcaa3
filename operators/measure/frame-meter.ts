import { FrameCounters } from './frame-counters.ts';
import { DurationCounts, type DurationTotals } from '../foundation/numbers/duration-counts.ts';
import { LogHistogram } from '../foundation/numbers/log-histogram.ts';
import { RateMeter } from './rate-meter.ts';

/** An event in the life of one camera's frames. */
export type FrameEvent =
  | { readonly type: 'captured'; readonly count?: number }
  | {
      readonly type: 'detected';
      /** Capture to detected, in ms. */
      readonly latencyMs: number;
      /** The engine's share of it. */
      readonly detectMs: number;
    }
  | { readonly type: 'dropped'; readonly reason: string; readonly count?: number }
  | { readonly type: 'tile'; readonly result: TileResult; readonly found: number };

/** What became of a tile of a picture; see `lookCloser`. */
type TileResult = 'looked' | 'withdrawn' | 'failed';

/** Tiles since the start, and the objects that only they showed. */
interface TileCounts extends Readonly<Record<TileResult, number>> {
  readonly found: number;
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

/** Metrics of one camera at one time. */
export interface FrameMetrics {
  readonly captured: number;
  readonly detected: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly inFlight: number;
  /** Over the last {@link FrameMeterOptions.windowMs}. */
  readonly captureFps: number;
  readonly detectFps: number;
  /** Over the last {@link FrameMeterOptions.windowReports} reports. */
  readonly latencyMs: Quantiles;
  readonly detectMs: Quantiles;
  /** Since the start. */
  readonly overall: { readonly latencyMs: Quantiles; readonly detectMs: Quantiles };
  /** Since the start. */
  readonly durations: { readonly latency: DurationTotals; readonly detect: DurationTotals };
  /** Null before the first one. */
  readonly tiles: TileCounts | null;
}

export interface FrameMeterOptions {
  /** Span of the frame rates in ms; default 5000. */
  readonly windowMs?: number;
  /** Number of reports that the quantiles cover; default 10. */
  readonly windowReports?: number;
}

/** Histograms of one duration: two over the whole run, and a ring of one per recent report. */
class DurationMeter {
  readonly #overall = new LogHistogram();
  readonly #counts = new DurationCounts();
  readonly #ring: readonly LogHistogram[];
  #current = 0;

  constructor(reports: number) {
    this.#ring = Array.from({ length: reports }, () => new LogHistogram());
  }

  add(ms: number): void {
    this.#overall.add(ms);
    this.#counts.add(ms);
    this.#ring[this.#current]!.add(ms);
  }

  overall(): Quantiles {
    return quantiles(this.#overall);
  }

  totals(): DurationTotals {
    return this.#counts.totals();
  }

  /** Returns the quantiles over the ring and starts the next report. */
  endReport(): Quantiles {
    const window = new LogHistogram();
    for (const histogram of this.#ring) window.merge(histogram);
    this.#current = (this.#current + 1) % this.#ring.length;
    this.#ring[this.#current]!.clear();
    return quantiles(window);
  }
}

/** Measures counts, rates and latencies of one camera in constant memory. */
export class FrameMeter {
  readonly #counters = new FrameCounters();
  readonly #captures: RateMeter;
  readonly #detections: RateMeter;
  readonly #latency: DurationMeter;
  readonly #detect: DurationMeter;
  #tiles: TileCounts | null = null;

  constructor({ windowMs = 5000, windowReports = 10 }: FrameMeterOptions = {}) {
    if (!Number.isInteger(windowReports) || windowReports < 1) {
      throw new RangeError(`${windowReports} reports, expected a whole number from 1`);
    }
    this.#captures = new RateMeter(windowMs);
    this.#detections = new RateMeter(windowMs);
    this.#latency = new DurationMeter(windowReports);
    this.#detect = new DurationMeter(windowReports);
  }

  /** Adds an event; `atMs` is in ms on any monotonic clock. */
  update(event: FrameEvent, atMs: number): void {
    switch (event.type) {
      case 'captured':
        this.#counters.capture(event.count);
        this.#captures.add(atMs, event.count);
        break;
      case 'detected':
        this.#counters.detect();
        this.#detections.add(atMs);
        this.#latency.add(event.latencyMs);
        this.#detect.add(event.detectMs);
        break;
      case 'dropped':
        this.#counters.drop(event.reason, event.count);
        break;
      case 'tile':
        this.#tiles = withTile(this.#tiles, event);
        break;
    }
  }

  /** Returns the metrics at this time. Every call ends one report of the quantiles' window. */
  report(atMs: number): FrameMetrics {
    const { captured, detected, dropped, inFlight } = this.#counters;
    return {
      captured,
      detected,
      dropped,
      inFlight,
      captureFps: this.#captures.rate(atMs),
      detectFps: this.#detections.rate(atMs),
      latencyMs: this.#latency.endReport(),
      detectMs: this.#detect.endReport(),
      overall: { latencyMs: this.#latency.overall(), detectMs: this.#detect.overall() },
      durations: { latency: this.#latency.totals(), detect: this.#detect.totals() },
      tiles: this.#tiles,
    };
  }
}

function withTile(
  counts: TileCounts | null,
  { result, found }: Extract<FrameEvent, { type: 'tile' }>,
): TileCounts {
  const before = counts ?? { looked: 0, withdrawn: 0, failed: 0, found: 0 };
  return { ...before, [result]: before[result] + 1, found: before.found + found };
}

function quantiles(histogram: LogHistogram): Quantiles {
  return { p50: histogram.quantile(0.5), p99: histogram.quantile(0.99) };
}
