import { concatMap, delay, EMPTY, map, mergeMap, of, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, test } from 'vitest';
import { branch } from '../../../../operators/foundation/streams/branch.ts';

const scheduler = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
const broken = new Error('the branch is broken');
const live = { inStep: false };
const inStep = { inStep: true };

describe.each([live, inStep])('a branch, in step: $inStep', (options) => {
  test('passes on an empty, a silent and an erring source', () => {
    scheduler().run(({ hot, expectObservable }) => {
      const run = (marbles: string) => hot(marbles).pipe(branch(() => EMPTY, options));
      expectObservable(run('-')).toBe('-');
      expectObservable(run('--|')).toBe('--|');
      expectObservable(run('--#')).toBe('--#');
    });
  });

  test('discards what the branch emits', () => {
    scheduler().run(({ hot, expectObservable }) => {
      const doubled = branch<string>(
        mergeMap((value) => [value, value]),
        options,
      );
      expectObservable(hot('-a-b-|').pipe(doubled)).toBe('-a-b-|');
    });
  });

  test('errors when the branch errors', () => {
    scheduler().run(({ hot, expectObservable }) => {
      const failing = branch<string>(
        concatMap((value) => (value === 'b' ? throwError(() => broken) : of(value))),
        options,
      );
      expectObservable(hot('-a-b-c-|').pipe(failing)).toBe('-a-#', undefined, broken);
    });
  });

  test('receives a value before the stream passes it on', () => {
    const order: string[] = [];
    const noted = branch<string>(
      map((value) => order.push(`branch ${value}`)),
      options,
    );
    of('a', 'b')
      .pipe(noted)
      .subscribe((value) => order.push(`main ${value}`));
    expect(order).toEqual(['branch a', 'main a', 'branch b', 'main b']);
  });

  test('is unsubscribed with the stream', () => {
    scheduler().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a---b---');
      expectObservable(source.pipe(branch(delay(100), options)), '^--!').toBe(
        options.inStep ? '---' : '-a-',
      );
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
  });
});

describe('a live branch', () => {
  test('delays no value, and is waited for at the end', () => {
    scheduler().run(({ hot, expectObservable }) => {
      expectObservable(hot('-a-b-|').pipe(branch(delay(5), live))).toBe('-a-b----|');
    });
  });

  test('is left behind at the end where it may be', () => {
    scheduler().run(({ hot, expectObservable }) => {
      const beside = { inStep: false, abandonedAtEnd: true };
      expectObservable(hot('-a-b-|').pipe(branch(delay(5), beside))).toBe('-a-b-|');
    });
  });
});

describe('a branch in step', () => {
  test('holds each value until the branch has completed for it', () => {
    scheduler().run(({ hot, expectObservable }) => {
      const slow = branch<string>(
        mergeMap(() => timer(3)),
        inStep,
      );
      expectObservable(hot('-ab------|').pipe(slow)).toBe('----a--b-|');
    });
  });
});
