import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  Watchdog,
  type WatchdogOptions,
} from '../../../../operators/foundation/threads/watchdog.ts';

/** A watchdog over a worker of which the test says what it does. */
function watch(options: WatchdogOptions) {
  const worker = { pings: 0, waitedMs: 0 as number | null, hung: [] as string[] };
  const watchdog = new Watchdog(options, {
    ping: () => worker.pings++,
    waitedMs: () => worker.waitedMs,
    onHung: ({ message }) => worker.hung.push(message),
  });
  return { worker, watchdog };
}

const stalls = [{ calls: ['detect', 'dense'], maxMs: 5000 }];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a watchdog with pings', () => {
  it('finds a thread that answers none, once', () => {
    const { worker } = watch({ silentMaxMs: 3000 });
    vi.advanceTimersByTime(3999);
    expect(worker.hung).toEqual([]);
    vi.advanceTimersByTime(20_000);
    expect(worker.hung).toEqual(['it has answered nothing for 3.0 s, so its thread was ended']);
    expect(worker.pings).toBe(1);
  });

  it('leaves a thread alone that answers late but in time', () => {
    const { worker, watchdog } = watch({ silentMaxMs: 3000 });
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(2900);
      watchdog.answered();
    }
    expect(worker.hung).toEqual([]);
  });

  it('does not count the time for which the thread gets no processor', () => {
    const { worker } = watch({ silentMaxMs: 3000 });
    for (let i = 0; i < 60; i++) {
      vi.advanceTimersByTime(1000);
      worker.waitedMs! += 990;
    }
    expect(worker.hung).toEqual([]);
    vi.advanceTimersByTime(4000);
    expect(worker.hung).toHaveLength(1);
  });

  it('counts the wall time where waiting for a processor is not known', () => {
    const { worker } = watch({ silentMaxMs: 3000 });
    worker.waitedMs = null;
    vi.advanceTimersByTime(4000);
    expect(worker.hung).toHaveLength(1);
  });

  it('counts a pause of the whole process as two looks at most', () => {
    const { worker } = watch({ silentMaxMs: 4000 });
    vi.advanceTimersByTime(1000);
    const now = vi.spyOn(performance, 'now');
    const startMs = performance.now();
    now.mockImplementation(() => startMs + 3_600_000);
    vi.advanceTimersByTime(1000);
    now.mockRestore();
    expect(worker.hung).toEqual([]);
  });
});

describe('a watchdog of calls', () => {
  it('finds a worker that answers no call of a group, and names the group', () => {
    const { worker, watchdog } = watch({ stalls });
    vi.advanceTimersByTime(60_000);
    watchdog.posted('detect');
    vi.advanceTimersByTime(4000);
    expect(worker.hung).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(worker.hung).toEqual(['no answer to detect, dense for 5.0 s, so its thread was ended']);
    expect(worker.pings).toBe(0);
  });

  it('takes any answer of the group as progress, and counts nothing while it has no call', () => {
    const { worker, watchdog } = watch({ stalls });
    watchdog.posted('detect');
    watchdog.posted('dense');
    vi.advanceTimersByTime(4000);
    watchdog.settled('detect');
    vi.advanceTimersByTime(4000);
    watchdog.settled('dense');
    vi.advanceTimersByTime(60_000);
    expect(worker.hung).toEqual([]);
  });

  it('is patient while a call of known length is in the worker', () => {
    const { worker, watchdog } = watch({ stalls, patientWith: ['bench'] });
    watchdog.posted('bench');
    watchdog.posted('detect');
    vi.advanceTimersByTime(60_000);
    watchdog.settled('bench');
    vi.advanceTimersByTime(4000);
    expect(worker.hung).toEqual([]);
    vi.advanceTimersByTime(2000);
    expect(worker.hung).toHaveLength(1);
  });

  it('looks no more once it is stopped', () => {
    const { worker, watchdog } = watch({ stalls });
    watchdog.posted('detect');
    watchdog.stop();
    vi.advanceTimersByTime(60_000);
    expect(worker.hung).toEqual([]);
  });
});
