import { messageOf } from '../../foundation/errors/message-of.ts';
import type { Clock } from '../../foundation/time/clock.ts';
import { concat, defer, retry, tap, throwError, timer, type MonoTypeOperatorFunction } from 'rxjs';

/**
 * Exponential back-off with jitter: the wait doubles from `startMs` up to `maxMs`, and each wait is
 * 50 to 100 % of it.
 */
export interface Backoff {
  readonly startMs: number;
  readonly maxMs: number;
  /** Source of the jitter, 0 ≤ value < 1. */
  readonly random: () => number;
}

/** The wait in ms before attempt `attempt`, counted from 1. */
export function backoffMs(attempt: number, backoff: Backoff): number {
  // A factor of 2^30 exceeds every cap and keeps the product finite.
  const longestMs = Math.min(backoff.maxMs, backoff.startMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(longestMs * (0.5 + backoff.random() / 2));
}

export interface ReconnectOptions {
  /** `stableMs`: values for this long end the outage, and the next wait is the first again. */
  readonly backoff: Backoff & { readonly stableMs: number };
  /** Whether to try again after this error; otherwise the subscriber receives it. */
  readonly isRetryable: (error: unknown, hasDelivered: boolean) => boolean;
  /** Called before each wait. */
  readonly onLost: (reason: string, retryInMs: number, attempt: number) => void;
  /** Runs the waits. */
  readonly clock: Pick<Clock, 'nowMs' | 'scheduler'>;
}

/**
 * Resubscribes whenever the source errors, after a growing wait, without a limit of attempts. A
 * source that fails again right after its first value does not shorten the wait.
 */
export function reopenWhenLost<T>(options: ReconnectOptions): MonoTypeOperatorFunction<T> {
  const { backoff, isRetryable, onLost, clock } = options;
  return (source) =>
    defer(() => {
      let attempt = 0;
      let hasDelivered = false;
      let deliversSinceMs: number | null = null;
      const delivered = tap<T>(() => {
        hasDelivered = true;
        deliversSinceMs ??= clock.nowMs();
        if (attempt > 0 && clock.nowMs() - deliversSinceMs >= backoff.stableMs) attempt = 0;
      });
      return source.pipe(
        delivered,
        retry({
          delay: (error: unknown) => {
            if (!isRetryable(error, hasDelivered)) throw error;
            attempt++;
            deliversSinceMs = null;
            const waitMs = backoffMs(attempt, backoff);
            onLost(messageOf(error), waitMs, attempt);
            return timer(waitMs, clock.scheduler);
          },
        }),
      );
    });
}

/** {@link reopenWhenLost} for a source that should never end: its completion counts as an error. */
export function reconnect<T>(options: ReconnectOptions): MonoTypeOperatorFunction<T> {
  const ended = throwError(() => new Error('the stream ended'));
  return (source) => concat(source, ended).pipe(reopenWhenLost(options));
}
