import { asyncScheduler, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';

/**
 * The source of time for code that measures, waits or records times: real time in service, frame
 * time in a simulation that runs as fast as it can (`VirtualTime`).
 */
export interface Clock {
  /** Monotonic real time in ms, for durations. The origin is arbitrary. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch, or virtual time, for times that are recorded. */
  wallMs(): number;
  /** Runs delays on this clock. */
  readonly scheduler: SchedulerLike;
}

/** Delays of real time, on a clock that nobody sets. */
const monotonicScheduler: SchedulerLike = {
  now: () => performance.now(),
  schedule<T>(
    work: (this: SchedulerAction<T>, state?: T) => void,
    delay?: number,
    state?: T,
  ): Subscription {
    return asyncScheduler.schedule(work, delay, state);
  },
};

/** The machine's own clocks. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  scheduler: monotonicScheduler,
};
