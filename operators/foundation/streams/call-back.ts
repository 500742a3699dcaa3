import { defer, EMPTY, type Observable } from 'rxjs';

/** Calls back when it is subscribed, and completes without a value: the end of a `concat`. */
export function callBack(callback: () => void): Observable<never> {
  return defer(() => {
    callback();
    return EMPTY;
  });
}
