import { defer, last, repeat, take, timer, type Observable } from 'rxjs';

/** The longest delay of one timer, in ms; a longer one would fire at once. */
export const timerMaxMs = 2 ** 31 - 1;

/** Emits once after any number of ms, and completes: as many timers in a row as that takes. */
export function longTimer(ms: number, oneMaxMs = timerMaxMs): Observable<unknown> {
  return defer(() => {
    let leftMs = ms;
    const count = Math.max(1, Math.ceil(ms / oneMaxMs));
    return defer(() => {
      const nextMs = Math.min(leftMs, oneMaxMs);
      leftMs -= nextMs;
      return timer(nextMs);
    }).pipe(repeat(count), take(count), last());
  });
}
