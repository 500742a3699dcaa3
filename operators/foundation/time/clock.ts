import { asyncScheduler, type SchedulerLike } from 'rxjs';

/**
 * Where code that measures, waits or writes a time down gets it from: real time in service, the
 * frames' own time in a simulation that runs as fast as it can ({@link VirtualTime}).
 */
export interface Clock {
  /** Milliseconds that never go back, for durations. The origin is arbitrary. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch, or of virtual time, for what is written down. */
  wallMs(): number;
  /** Runs delays on this clock. */
  readonly scheduler: SchedulerLike;
}

/** The machine's own clocks. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  scheduler: asyncScheduler,
};
