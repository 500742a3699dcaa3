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

/** How long to wait before the next attempt: doubling from `startMs` up to `maxMs`, each wait 50 to 100 % of it. */
export interface Backoff {
  readonly startMs: number;
  readonly maxMs: number;
  /** 0 ≤ value < 1. */
  readonly random: () => number;
}

/** The wait before attempt `attempt`, counted from 1. */
export function backoffMs(attempt: number, backoff: Backoff): number {
  // 2^30 times anything is beyond every cap, and stays a finite number.
  const full = Math.min(backoff.maxMs, backoff.startMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full * (0.5 + backoff.random() / 2));
}

export interface ReconnectOptions {
  readonly backoff: Backoff;
  /** False for errors that another attempt cannot mend: they go on to the subscriber. */
  readonly mendable: (error: unknown, everDelivered: boolean) => boolean;
  readonly onLost: (reason: string, retryInMs: number, attempt: number) => void;
  readonly scheduler?: SchedulerLike;
}

/**
 * Resubscribes whenever the source fails or ends, without limit and ever more patiently.
 *
 * Attempts count from 1 again once the source delivers; the values simply go on.
 */
export function reconnect<T>(options: ReconnectOptions): MonoTypeOperatorFunction<T> {
  return (source) =>
    defer(() => {
      let attempt = 0;
      let everDelivered = false;
      const alive = tap<T>(() => {
        attempt = 0;
        everDelivered = true;
      });
      const ended = throwError(() => new Error('the stream ended'));
      return concat(source.pipe(alive), ended).pipe(
        retry({
          delay: (error: unknown) => {
            if (!options.mendable(error, everDelivered)) throw error;
            attempt++;
            const waitMs = backoffMs(attempt, options.backoff);
            options.onLost(messageOf(error), waitMs, attempt);
            return timer(waitMs, options.scheduler);
          },
        }),
      );
    });
}
