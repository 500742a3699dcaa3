import { VirtualTimeScheduler, type SchedulerLike } from 'rxjs';
import type { Clock } from './clock.ts';

/**
 * A clock that follows frame timestamps, for simulations that run as fast as they can: a delay
 * spans the same frames on any machine.
 *
 * Only delays and recorded times are virtual; durations (`nowMs`) are measured in real time.
 */
export class VirtualTime implements Clock {
  readonly #scheduler = new FrameScheduler();

  get scheduler(): SchedulerLike {
    return this.#scheduler;
  }

  nowMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return this.#scheduler.now();
  }

  /** Runs the work that is due by `timestampMs` and sets the time to it; ignores earlier times. */
  advance(timestampMs: number): void {
    this.#scheduler.advance(timestampMs);
  }
}

/** The scheduler of a {@link VirtualTime}. */
class FrameScheduler extends VirtualTimeScheduler {
  /** See {@link VirtualTime.advance}. */
  advance(timestampMs: number): void {
    if (timestampMs < this.frame) return;
    this.maxFrames = timestampMs;
    this.flush();
    this.frame = timestampMs;
  }
}
