import { defer, of, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, test } from 'vitest';
import { flushEveryMs, flushEverySecond } from '../../../pipeline/application/flush-state.ts';

/** Times of the flushes and of reported failures. */
function run(untilMs: number, fails: (flush: number) => boolean = () => false) {
  const flushes: number[] = [];
  const failures: number[] = [];
  const scheduler = new TestScheduler(() => undefined);
  scheduler.run(({ flush }) => {
    const work = () =>
      defer(() => {
        flushes.push(scheduler.now());
        return fails(flushes.length) ? throwError(() => new Error('disk full')) : of(null);
      });
    const subscription = flushEverySecond(work, () => failures.push(scheduler.now())).subscribe();
    scheduler.schedule(() => subscription.unsubscribe(), untilMs);
    flush();
  });
  return { flushes, failures };
}

describe('flushing', () => {
  test('is done once a second, until its subscription ends', () => {
    const { flushes } = run(3.5 * flushEveryMs);
    expect(flushes).toEqual([flushEveryMs, 2 * flushEveryMs, 3 * flushEveryMs]);
  });

  test('that fails is tried again', () => {
    expect(run(3.5 * flushEveryMs, (flush) => flush === 1)).toEqual({
      flushes: [flushEveryMs, 2 * flushEveryMs, 3 * flushEveryMs],
      failures: [flushEveryMs],
    });
  });

  test('that fails for long is reported once', () => {
    expect(run(6.5 * flushEveryMs, () => true).failures).toEqual([flushEveryMs]);
  });

  test('that fails again later is reported again', () => {
    const fails = (flush: number): boolean => flush !== 3;
    expect(run(4.5 * flushEveryMs, fails).failures).toEqual([flushEveryMs, 4 * flushEveryMs]);
  });
});
