import {
  asapScheduler,
  concat,
  firstValueFrom,
  map,
  NEVER,
  of,
  timer,
  type SchedulerAction,
  type SchedulerLike,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { learnWhen } from '../../../operators/learn/learn-when.ts';
import type { LearnReason } from '../../../operators/learn/trigger.ts';

const marbles = (run: Parameters<TestScheduler['run']>[0]) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run);

/** Two labels start an update, one waits for 10 frames, and 4 frames pass between two starts. */
const options = { minLabels: 2, maxWaitMs: 10, coolDownMs: 4 };
const once = (reason: LearnReason) => of(reason);
const slowly = (reason: LearnReason) => timer(6).pipe(map(() => reason));
const numbers = { 1: 1, 2: 2, 3: 3 };
const reasons = { l: 'labels', a: 'age', d: 'drift' };

function check(
  source: string,
  expected: string,
  { learn = once, drift, until }: { learn?: typeof once; drift?: string; until?: string } = {},
): void {
  marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const labels = cold(source, numbers);
    const when = { ...options, ...(drift === undefined ? {} : { drift: cold(drift) }) };
    expectObservable(labels.pipe(learnWhen(learn, when)), until).toBe(expected, reasons);
    if (until !== undefined)
      expectSubscriptions(labels.subscriptions).toBe(until.replace('-', '^'));
  });
}

describe('learnWhen', () => {
  it('does nothing on a source that never emits', () => check('-', '-'));

  it('completes with an empty source', () => check('---|', '---|'));

  it('learns at once from enough labels', () => check('--2', '--l'));

  it('learns from one label after its wait', () => check('-1', '-----------a'));

  it('learns where its timer fires a moment before the clock says so', async () => {
    let nowMs = 1000.9;
    let timers = 0;
    const scheduler: SchedulerLike = {
      now: () => nowMs,
      schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs = 0, state?: T) {
        // The first one counts whole milliseconds, as timers of the system do.
        nowMs = timers++ === 0 ? Math.floor(nowMs + delayMs) : nowMs + delayMs;
        return asapScheduler.schedule(work, 0, state);
      },
    };
    const learned = concat(of(1), NEVER).pipe(learnWhen(once, { maxWaitMs: 10, scheduler }));
    expect(await firstValueFrom(learned)).toBe('age');
  });

  it('adds labels up', () => check('-1--1', '----l'));

  it('keeps the cool-down between two updates', () => check('2-2-2', 'l---l'));

  it('learns on drift', () => check('-', '--d', { drift: '--x' }));

  it('makes one update at a time, and takes what came meanwhile together', () => {
    check('2-1-2', '------l-----l', { learn: slowly });
  });

  it('learns what still waits when the source completes, then completes', () => {
    check('--1-|', '----(a|)');
  });

  it('completes after the update in work', () => {
    check('2--|', '------(l|)', { learn: slowly });
  });

  it('passes on errors of the source, of drift and of learning', () => {
    check('--#', '--#');
    check('-', '--#', { drift: '--#' });
    marbles(({ cold, expectObservable }) => {
      const failing = () => {
        throw new Error('no worker');
      };
      const learned = cold('--2', numbers).pipe(learnWhen(failing, options));
      expectObservable(learned).toBe('--#', undefined, new Error('no worker'));
    });
  });

  it('stops when nobody listens any more', () => {
    check('1-1-1-1', '--l', { until: '---!' });
  });
});
