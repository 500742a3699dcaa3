import { asyncScheduler, defer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { backoffMs, reconnect } from '../../../../operators/ingest/sources/reconnect.ts';

function marbles(
  test: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0], lost: string[]) => void,
): void {
  const lost: string[] = [];
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run((helpers) =>
    test(helpers, lost),
  );
}

/** Waits of 4, 8, 10, 10 … ms. The test scheduler replaces the asynchronous one. */
const waits = {
  backoff: { startMs: 4, maxMs: 10, stableMs: 0, random: () => 0.9999 },
  clock: { nowMs: () => asyncScheduler.now(), scheduler: asyncScheduler },
};

describe('reconnect', () => {
  it('resubscribes after a growing wait when the source fails or ends', () => {
    marbles(({ cold, expectObservable }, lost) => {
      const attempts = [cold('ab#'), cold('-|'), cold('#'), cold('-c')];
      const source = defer(() => attempts.shift()!);
      const onLost = (reason: string, waitMs: number, attempt: number): unknown =>
        lost.push(`${String(attempt)}: ${reason}, ${String(waitMs)} ms`);
      const connected = source.pipe(reconnect({ ...waits, isRetryable: () => true, onLost }));
      // 2 + 4 (wait) + 1 (ends) + 8 (wait) + 0 (fails) + 10 (wait) + 1.
      expectObservable(connected, '^ 29ms !').toBe('ab 24ms c');
    });
  });

  it('resets the count of attempts when the source delivers', () => {
    marbles(({ cold, expectObservable, flush }, lost) => {
      const attempts = [cold('#'), cold('#'), cold('a#'), cold('#'), cold('-')];
      const onLost = (_: string, waitMs: number, attempt: number): unknown =>
        lost.push(`${String(attempt)}:${String(waitMs)}`);
      const source = defer(() => attempts.shift()!);
      expectObservable(
        source.pipe(reconnect({ ...waits, isRetryable: () => true, onLost })),
        '^ 60ms !',
      );
      flush();
      expect(lost).toEqual(['1:4', '2:8', '1:4', '2:8']);
    });
  });

  it('does not reset it for a source that fails again before it was stable', () => {
    marbles(({ cold, expectObservable, flush }, lost) => {
      const attempts = [cold('a#'), cold('a#'), cold('abcdefg#'), cold('a#'), cold('-')];
      const onLost = (_: string, waitMs: number, attempt: number): unknown =>
        lost.push(`${String(attempt)}:${String(waitMs)}`);
      const source = defer(() => attempts.shift()!);
      const backoff = { ...waits.backoff, stableMs: 5 };
      const options = { ...waits, backoff, isRetryable: () => true, onLost };
      expectObservable(source.pipe(reconnect(options)), '^ 60ms !').toBe(
        'a 4ms a 8ms abcdefg 4ms a',
      );
      flush();
      expect(lost).toEqual(['1:4', '2:8', '1:4', '2:8']);
    });
  });

  it('passes on an error that is not retryable, whether or not a value was delivered', () => {
    marbles(({ cold, expectObservable, flush }) => {
      const delivered: boolean[] = [];
      const isRetryable = (_: unknown, hasDelivered: boolean): boolean => {
        delivered.push(hasDelivered);
        return false;
      };
      const onLost = (): void => undefined;
      expectObservable(cold('#').pipe(reconnect({ ...waits, isRetryable, onLost }))).toBe('#');
      expectObservable(cold('a#').pipe(reconnect({ ...waits, isRetryable, onLost }))).toBe('a#');
      flush();
      expect(delivered).toEqual([false, true]);
    });
  });

  it('stops waiting when unsubscribed', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a#');
      const connected = source.pipe(
        reconnect({ ...waits, isRetryable: () => true, onLost: () => undefined }),
      );
      expectObservable(connected, '^--!').toBe('a');
      expectSubscriptions(source.subscriptions).toBe('^!');
    });
  });
});

describe('backoffMs', () => {
  it('doubles the wait up to its maximum', () => {
    const waits = [1, 2, 3, 4, 7, 8, 5000].map((attempt) =>
      backoffMs(attempt, { startMs: 500, maxMs: 30_000, random: () => 1 - 1e-9 }),
    );
    expect(waits).toEqual([500, 1000, 2000, 4000, 30_000, 30_000, 30_000]);
  });

  it('subtracts a random share of up to one half', () => {
    const options = { startMs: 500, maxMs: 30_000 };
    expect(backoffMs(1, { ...options, random: () => 0 })).toBe(250);
    expect(backoffMs(1, { ...options, random: () => 0.5 })).toBe(375);
  });
});
