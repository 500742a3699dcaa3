import type { CameraMetrics } from '../../../sinks/events.ts';
import { roomFps } from './choose-size.ts';
import { assumedFps } from './wanted-rate.ts';

/** When the size changes while cameras run. */
export const sizeWatchLimits = {
  /** Length of a window over which rates are compared, in ms. */
  windowMs: 10_000,
  /** Overload for this long lowers the size. */
  overloadMs: 60_000,
  /** Idleness for this long raises it. */
  idleMs: 600_000,
  /** Least time between two changes. */
  betweenMs: 300_000,
  /** A size that was too much is not tried again for this long, and twice as long each time. */
  refusedMs: 3_600_000,
  /** At most for this long. */
  refusedMaxMs: 86_400_000,
} as const;

/** Detections below this share of the wanted ones are overload, if frames were replaced. */
const heldShare = 0.9;
/** A larger size has to leave more room than the one at the start, so that it lasts. */
const raiseShare = 0.75;

export interface SizeWatchOptions {
  /** The sides to choose from, in pixels; none where the side can't change. */
  readonly sides: readonly number[];
  readonly side: number;
  readonly threads: number;
  /** Most frames that are detected at once. */
  readonly parallel: number;
  /** What that gains, see `OpenedDetector`. */
  readonly gain: number;
  readonly cores: number;
  /** Frames per second that each camera is to be detected at; null: see {@link assumedFps}. */
  readonly fpsOf: ReadonlyMap<string, number | null>;
}

/** What is read of a metrics message. */
export interface RateMetrics {
  readonly uptimeMs: number;
  readonly cameras: readonly Pick<
    CameraMetrics,
    'camera' | 'state' | 'captured' | 'detected' | 'dropped' | 'detectMs'
  >[];
}

/** A change of size, or what stands in the way of one. */
export interface SizeAdvice {
  /** The new side; null where the smallest one, or the only one, is too much. */
  readonly side: number | null;
  /** One line for the log. */
  readonly line: string;
}

/** What the cameras did within a window. */
interface Window {
  readonly seconds: number;
  readonly wanted: number;
  readonly detected: number;
  readonly stale: number;
  /** Of one detection; 0 where there was none. */
  readonly ms: number;
}

/**
 * Watches whether the chosen size of the detector's input holds the wanted rate of the cameras:
 * lowers it under sustained overload, to the largest that holds, and raises it by a step after long
 * idleness. Cameras that are paused, lost or still come back at once, so that a size is only raised
 * where it holds the rate of all of them.
 */
export class SizeWatch {
  #side: number;
  readonly #options: SizeWatchOptions;
  readonly #sides: readonly number[];
  /** Frames per second of all cameras together. */
  readonly #allFps: number;
  /** By side: for how long it was refused the last time, and when it may be tried again. */
  readonly #refused = new Map<number, { readonly forMs: number; readonly untilMs: number }>();
  #before: RateMetrics | null = null;
  #overloadedSinceMs: number | null = null;
  #idleSinceMs: number | null = null;
  #changedMs = -Infinity;
  #warnedMs = -Infinity;

  constructor(options: SizeWatchOptions) {
    this.#options = options;
    this.#side = options.side;
    this.#allFps = [...options.fpsOf.values()].reduce<number>(
      (sum, fps) => sum + (fps ?? assumedFps),
      0,
    );
    this.#sides = [...new Set([...options.sides, options.side])].sort((a, b) => a - b);
  }

  get side(): number {
    return this.#side;
  }

  /** Takes the metrics of the run, about once a second; `uptimeMs` is its time. */
  update(message: RateMetrics): SizeAdvice | null {
    const before = (this.#before ??= message);
    const nowMs = message.uptimeMs;
    const elapsedMs = nowMs - before.uptimeMs;
    if (elapsedMs < sizeWatchLimits.windowMs) return null;
    this.#before = message;
    const window = this.#windowOf(before, message, elapsedMs / 1000);
    const isOverloaded = window.stale > 0 && window.detected < heldShare * window.wanted;
    const beganMs = before.uptimeMs;
    this.#overloadedSinceMs = isOverloaded ? (this.#overloadedSinceMs ?? beganMs) : null;
    const larger = this.#larger(nowMs);
    const { ms, stale } = window;
    const isIdle =
      larger !== null &&
      ms > 0 &&
      stale === 0 &&
      this.#holds(ms / this.#options.gain, larger, raiseShare);
    this.#idleSinceMs = isIdle ? (this.#idleSinceMs ?? beganMs) : null;
    if (nowMs - this.#changedMs < sizeWatchLimits.betweenMs) return null;
    const { overloadMs, idleMs } = sizeWatchLimits;
    if (nowMs - (this.#overloadedSinceMs ?? nowMs) >= overloadMs) return this.#lower(nowMs, window);
    if (larger !== null && nowMs - (this.#idleSinceMs ?? nowMs) >= idleMs) {
      return this.#change(larger, nowMs, `the detector has been idle for ${idleMs / 60_000} min`);
    }
    return null;
  }

  #lower(nowMs: number, { detected, wanted, seconds, ms }: Window): SizeAdvice | null {
    const rates = `${(detected / seconds).toFixed(1)} of ${(wanted / seconds).toFixed(1)} wanted frames a second were detected`;
    const smaller = this.#sides.filter((side) => side < this.#side);
    const [smallest] = smaller;
    if (smallest !== undefined) {
      this.#refuse(nowMs);
      // Busy workers have slowed each other down already.
      const each = ms / this.#options.parallel;
      const held = smaller.findLast((side) => this.#holds(each, side, 1));
      return this.#change(held ?? smallest, nowMs, `${rates} for a minute`);
    }
    if (nowMs - this.#warnedMs < sizeWatchLimits.refusedMs) return null;
    this.#warnedMs = nowMs;
    const advice = 'set fps of the cameras lower, or watch fewer on this machine';
    const size =
      this.#sides.length > 1 ? `the smallest size, ${this.#side} px` : `${this.#side} px`;
    return { side: null, line: `${rates}, with ${size}: ${advice}` };
  }

  /** Keeps the present side from being tried again too soon. */
  #refuse(nowMs: number): void {
    const { refusedMs, refusedMaxMs } = sizeWatchLimits;
    const before = this.#refused.get(this.#side);
    const forMs = before === undefined ? refusedMs : Math.min(2 * before.forMs, refusedMaxMs);
    this.#refused.set(this.#side, { forMs, untilMs: nowMs + forMs });
  }

  #change(side: number, nowMs: number, reason: string): SizeAdvice {
    const line = `detector ${side} px instead of ${this.#side}: ${reason}`;
    this.#side = side;
    this.#changedMs = nowMs;
    this.#overloadedSinceMs = null;
    this.#idleSinceMs = null;
    return { side, line };
  }

  /** The next larger side that may be tried. */
  #larger(nowMs: number): number | null {
    const next = this.#sides.find((side) => side > this.#side);
    if (next === undefined || nowMs < (this.#refused.get(next)?.untilMs ?? -Infinity)) return null;
    return next;
  }

  /**
   * Whether the rate of all cameras leaves a share of the head-room at a side, if a frame takes
   * `ms` at the present one: time grows with pixels.
   */
  #holds(ms: number, side: number, share: number): boolean {
    const { threads, cores } = this.#options;
    const msThere = ms * (side / this.#side) ** 2;
    return this.#allFps <= share * roomFps(msThere, threads, cores);
  }

  #windowOf(before: RateMetrics, now: RateMetrics, seconds: number): Window {
    let [wanted, detected, stale, ms] = [0, 0, 0, 0];
    for (const camera of now.cameras) {
      const then = before.cameras.find(({ camera: name }) => name === camera.camera);
      if (then === undefined || camera.state === 'paused') continue;
      const since = (reason: string): number =>
        (camera.dropped[reason] ?? 0) - (then.dropped[reason] ?? 0);
      // Frames that were left out on purpose are no sign of overload.
      const captured =
        camera.captured - then.captured - since('learning') - since('paused') - since('still');
      const fps = this.#options.fpsOf.get(camera.camera) ?? assumedFps;
      wanted += Math.min(captured, fps * seconds);
      // What one camera gets beyond its rate does not make up for another.
      detected += Math.min(camera.detected - then.detected, fps * seconds);
      stale += since('stale');
      ms = Math.max(ms, camera.detectMs.p50);
    }
    return { seconds, wanted, detected, stale, ms };
  }
}
