import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { longTimer, timerMaxMs } from '../../../../operators/foundation/time/long-timer.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([
  [1, 10],
  [5, 10],
  [10, 10],
  [25, 10],
  [30, 10],
])('a timer of %i ms fires once then, where one timer reaches %i ms', async (ms, oneMaxMs) => {
  let firedMs = -1;
  const startMs = Date.now();
  const fired = lastValueFrom(longTimer(ms, oneMaxMs).pipe(toArray())).then((values) => {
    firedMs = Date.now() - startMs;
    return values;
  });
  await vi.advanceTimersByTimeAsync(ms - 1);
  expect(firedMs).toBe(-1);
  await vi.advanceTimersByTimeAsync(1);
  expect(firedMs).toBe(ms);
  expect(await fired).toHaveLength(1);
});

it('a timer of a month does not fire at once', async () => {
  let fired = false;
  const timer = longTimer(timerMaxMs + 3_600_000).subscribe(() => {
    fired = true;
  });
  await vi.advanceTimersByTimeAsync(timerMaxMs);
  expect(fired).toBe(false);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(fired).toBe(true);
  timer.unsubscribe();
});
