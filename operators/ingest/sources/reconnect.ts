import { messageOf } from '../../foundation/errors/message-of.ts';
import {
  concat,
  defer,
  retry,
  tap,
  throwError,
  timer,
  type MonoTypeOperatorFunction,
  type SchedulerLike,
} from 'rxjs';

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
  readonly backoff: Backoff;
  /** Whether to try again after this error; otherwise the subscriber receives it. */
  readonly isRetryable: (error: unknown, hasDelivered: boolean) => boolean;
  /** Called before each wait. */
  readonly onLost: (reason: string, retryInMs: number, attempt: number) => void;
  /** Runs the waits. */
  readonly scheduler: SchedulerLike;
}

/**
 * Resubscribes whenever the source errors or completes, after a growing wait, without a limit of
 * attempts. The first value of an attempt resets the wait.
 */
export function reconnect<T>(options: ReconnectOptions): MonoTypeOperatorFunction<T> {
  return (source) =>
    defer(() => {
      let attempt = 0;
      let hasDelivered = false;
      const delivered = tap<T>(() => {
        attempt = 0;
        hasDelivered = true;
      });
      const ended = throwError(() => new Error('the stream ended'));
      return concat(source.pipe(delivered), ended).pipe(
        retry({
          delay: (error: unknown) => {
            if (!options.isRetryable(error, hasDelivered)) throw error;
            attempt++;
            const waitMs = backoffMs(attempt, options.backoff);
            options.onLost(messageOf(error), waitMs, attempt);
            return timer(waitMs, options.scheduler);
          },
        }),
      );
    });
}
