import { setTimeout as delay } from 'node:timers/promises';
import { threadNumber, threadWaitedMs } from '../foundation/threads/thread-priority.ts';

/** What a {@link Courtesy} reads; replaced in tests. */
export interface CourtesyReadings {
  /** Monotonic time in ms. */
  readonly nowMs: () => number;
  /** How long the calling thread has waited for a processor so far, in ms; null if unknown. */
  readonly waitedMs: () => number | null;
  readonly rest: (ms: number) => Promise<unknown>;
}

export const courtesyLimits = {
  /** Longest rest after a piece of work, in ms. */
  restMaxMs: 50,
  /** Labelled work that has waited this long, in ms, gets no rest any more. */
  politeMs: 500,
} as const;

/**
 * Lets a thread of ordinary priority give way to the live path, which a lower priority does not do
 * well: beside other busy programs a thread of low priority gets hardly any processor at all.
 *
 * After a piece of work the thread rests for as long as it had to wait for a processor meanwhile:
 * not at all on an idle machine, half of the time on a crowded one. With the age of labelled work
 * that waits, the rests become shorter, and then stop.
 */
export class Courtesy {
  readonly #readings: CourtesyReadings;
  #waitedMs: number;
  /** When each piece of labelled work that is not done arrived, oldest first. */
  readonly #arrivals = new Set<{ readonly atMs: number }>();

  constructor(readings: CourtesyReadings) {
    this.#readings = readings;
    this.#waitedMs = readings.waitedMs() ?? 0;
  }

  /** Notes labelled work that has arrived; the returned function notes that it is done. */
  begin(): () => void {
    const arrival = { atMs: this.#readings.nowMs() };
    this.#arrivals.add(arrival);
    return () => void this.#arrivals.delete(arrival);
  }

  /** Rests after a piece of work; for the thread to call between two of them. */
  async rest(): Promise<void> {
    const waitedMs = this.#readings.waitedMs();
    if (waitedMs === null) return;
    const sinceMs = Math.max(0, waitedMs - this.#waitedMs);
    this.#waitedMs = waitedMs;
    const restMs = Math.min(courtesyLimits.restMaxMs, sinceMs) * this.politeness;
    if (restMs < 1) return;
    await this.#readings.rest(restMs);
    // Waking up late is no reason to rest again.
    this.#waitedMs = this.#readings.waitedMs() ?? waitedMs;
  }

  /** 1 while nothing waits, and 0 where labelled work has waited for too long. */
  get politeness(): number {
    const [oldest] = this.#arrivals;
    if (oldest === undefined) return 1;
    const ageMs = this.#readings.nowMs() - oldest.atMs;
    return Math.max(0, 1 - ageMs / courtesyLimits.politeMs);
  }
}

/** Readings of the calling thread. */
export function threadReadings(): CourtesyReadings {
  const thread = threadNumber();
  return {
    nowMs: () => performance.now(),
    waitedMs: () => (thread === null ? null : threadWaitedMs(thread)),
    rest: (ms) => delay(ms),
  };
}
