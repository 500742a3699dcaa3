import { defer, of, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, test } from 'vitest';
import { saveAfterSwaps, saveEveryMs } from '../../../pipeline/application/save-after-swaps.ts';
import type { LifelensEvent, ModelMessage } from '../../../sinks/events.ts';

const model = (event: ModelMessage['event']): LifelensEvent => ({
  type: 'model',
  event,
  headVersion: 1,
  classes: [],
  timestampMs: 0,
  detail: '',
});
const events = { s: model('swapped'), r: model('refused') };

/** Times of the saves and of their failures, with events at the given marbles. */
function run(marbles: string, untilMs: number, fails: (save: number) => boolean = () => false) {
  const saves: number[] = [];
  const failures: number[] = [];
  const scheduler = new TestScheduler(() => undefined);
  scheduler.run(({ hot, flush }) => {
    const save = defer(() => {
      saves.push(scheduler.now());
      return fails(saves.length) ? throwError(() => new Error('disk full')) : of(null);
    });
    const subscription = hot(marbles, events)
      .pipe(
        saveAfterSwaps(
          () => save,
          () => failures.push(scheduler.now()),
        ),
      )
      .subscribe();
    scheduler.schedule(() => subscription.unsubscribe(), untilMs);
    flush();
  });
  return { saves, failures };
}

describe('saving', () => {
  test('follows a swap at the next interval, once', () => {
    expect(run('-s-s--', 5 * saveEveryMs)).toEqual({ saves: [saveEveryMs], failures: [] });
  });

  test('does not follow what changed nothing', () => {
    expect(run('-r----', 5 * saveEveryMs)).toEqual({ saves: [], failures: [] });
  });

  test('that fails is reported and tried again', () => {
    expect(run('-s----', 5 * saveEveryMs, (save) => save === 1)).toEqual({
      saves: [saveEveryMs, 2 * saveEveryMs],
      failures: [saveEveryMs],
    });
  });

  test('ends with its subscription', () => {
    expect(run('-s----', saveEveryMs - 1).saves).toEqual([]);
  });
});
