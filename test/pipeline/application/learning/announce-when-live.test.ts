import { TestScheduler } from 'rxjs/testing';
import { describe, expect, test } from 'vitest';
import {
  announceWhenLive,
  type Announcement,
} from '../../../../pipeline/application/learning/announce-when-live.ts';
import type { ModelMessage } from '../../../../sinks/events.ts';

const message = (headVersion: number, event: ModelMessage['event'] = 'swapped'): ModelMessage => ({
  type: 'model',
  event,
  headVersion,
  classes: [],
  timestampMs: 0,
  detail: `${event} ${headVersion}`,
});
const swap = (headVersion: number, firstLabelMs: number | null): Announcement => ({
  message: message(headVersion),
  live: { headVersion, firstLabelMs },
});

const announcements: Record<string, Announcement> = {
  l: { message: message(0, 'learning') },
  a: swap(1, 1),
  b: swap(2, null),
};
const versions: Record<string, number> = { '0': 0, '1': 1, '2': 2 };

/** Marbles in frames of 1 ms, which is the clock too. */
function expectMessages(
  source: string,
  detected: string,
  expected: string,
  values: Record<string, ModelMessage>,
): void {
  const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted));
  scheduler.run(({ hot, expectObservable }) => {
    const clock = { nowMs: () => scheduler.now() };
    const messages = hot(source, announcements).pipe(
      announceWhenLive(hot(detected, versions), clock),
    );
    expectObservable(messages).toBe(expected, values);
  });
}

const learning = message(0, 'learning');
const a = message(1);
const b = message(2);

describe('the announcement of a swap', () => {
  test('waits for the first frame with its head, and says how long its label took', () => {
    expectMessages('--a------|', '-0-0-1-1--', '-----A---|', { A: { ...a, labelToLiveMs: 4 } });
  });

  test('counts a frame with a newer head', () => {
    expectMessages('--a------|', '-----2----', '-----A---|', { A: { ...a, labelToLiveMs: 4 } });
  });

  test('has no duration where no label led to it', () => {
    expectMessages('--b------|', '-----2----', '-----B---|', { B: b });
  });

  test('goes before the next swap where its head detected no frame', () => {
    expectMessages('--a-b----|', '------2---', '----A-B--|', { A: a, B: b });
  });

  test('goes at the end where no frame was detected', () => {
    expectMessages('--a------|', '-0--------', '---------(A|)', { A: a });
  });

  test('lets other messages pass at once', () => {
    expectMessages('-l-a-l---|', '-------1--', '-L---L-A-|', {
      L: learning,
      A: { ...a, labelToLiveMs: 6 },
    });
  });

  test('is lost with an error, which travels', () => {
    expectMessages('--a--#', '-0----', '-----#', {});
  });

  test('does not need frames: silence, and an empty source', () => {
    expectMessages('-', '-', '-', {});
    expectMessages('--|', '-', '--|', {});
  });
});
