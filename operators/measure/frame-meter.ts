import { FrameCounters } from './frame-counters.ts';
import { LogHistogram } from '../foundation/numbers/log-histogram.ts';
import { RateMeter } from './rate-meter.ts';

/** Something that happened to frames of one camera. */
export type FrameEvent =
  | { readonly type: 'captured'; readonly count?: number }
  | {
      readonly type: 'detected';
      /** Capture to detected, in ms. */
      readonly latencyMs: number;
      /** The engine's share of it. */
      readonly detectMs: number;
    }
  | { readonly type: 'dropped'; readonly reason: string; readonly count?: number };

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

/** How one camera does, at one moment. */
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
}

export interface FrameMeterOptions {
  /** Span of the frame rates in ms; default 5000. */
  readonly windowMs?: number;
  /** Reports over which quantiles are taken; default 10. */
  readonly windowReports?: number;
}

/** One duration: the run so far, and a ring of the last reports' shares of it. */
class DurationMeter {
  readonly #overall = new LogHistogram();
  readonly #ring: readonly LogHistogram[];
  #at = 0;

  constructor(reports: number) {
    this.#ring = Array.from({ length: reports }, () => new LogHistogram());
  }

  add(ms: number): void {
    this.#overall.add(ms);
    this.#ring[this.#at]!.add(ms);
  }

  overall(): Quantiles {
    return quantiles(this.#overall);
  }

  /** Quantiles over the ring; starts the next report. */
  turn(): Quantiles {
    const window = new LogHistogram();
    for (const share of this.#ring) window.merge(share);
    this.#at = (this.#at + 1) % this.#ring.length;
    this.#ring[this.#at]!.clear();
    return quantiles(window);
  }
}

/** Counts, rates and latencies of one camera, in fixed memory however long it runs. */
export class FrameMeter {
  readonly #counters = new FrameCounters();
  readonly #captures: RateMeter;
  readonly #detections: RateMeter;
  readonly #latency: DurationMeter;
  readonly #detect: DurationMeter;

  constructor({ windowMs = 5000, windowReports = 10 }: FrameMeterOptions = {}) {
    if (!Number.isInteger(windowReports) || windowReports < 1) {
      throw new RangeError(`${windowReports} reports, expected a whole number from 1`);
    }
    this.#captures = new RateMeter(windowMs);
    this.#detections = new RateMeter(windowMs);
    this.#latency = new DurationMeter(windowReports);
    this.#detect = new DurationMeter(windowReports);
  }

  /** Takes an event that happened at this time (ms, any clock that does not go back). */
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
    }
  }

  /** The state at this time. Every call ends one report of the quantiles' window. */
  report(atMs: number): FrameMetrics {
    const { captured, detected, dropped, inFlight } = this.#counters;
    return {
      captured,
      detected,
      dropped,
      inFlight,
      captureFps: this.#captures.rate(atMs),
      detectFps: this.#detections.rate(atMs),
      latencyMs: this.#latency.turn(),
      detectMs: this.#detect.turn(),
      overall: { latencyMs: this.#latency.overall(), detectMs: this.#detect.overall() },
    };
  }
}

function quantiles(histogram: LogHistogram): Quantiles {
  return { p50: histogram.quantile(0.5), p99: histogram.quantile(0.99) };
}
