import {
  concat,
  concatMap,
  connect,
  endWith,
  identity,
  ignoreElements,
  merge,
  of,
  takeUntil,
  type MonoTypeOperatorFunction,
  type Observable,
  type OperatorFunction,
} from 'rxjs';

/** How a branch relates to the stream that it leaves. */
export interface BranchOptions {
  /**
   * True: values go one at a time, and each waits until the branch has completed for it; the
   * operator is subscribed afresh for each. False: values pass on at once.
   */
  readonly inStep: boolean;
  /** Whether the branch is unsubscribed when the source completes. Default: false. */
  readonly abandonedAtEnd?: boolean;
}

/**
 * Sends each value through `operator` as well, and passes the value on.
 *
 * The branch receives a value before the rest of the stream does, so it can retain a frame that is
 * released further down. What it emits is discarded; its errors error the stream.
 */
export function branch<T>(
  operator: OperatorFunction<T, unknown>,
  { inStep, abandonedAtEnd = false }: BranchOptions,
): MonoTypeOperatorFunction<T> {
  if (inStep) {
    return concatMap((value) => concat(of(value).pipe(operator, ignoreElements()), of(value)));
  }
  return connect((values: Observable<T>) => {
    const ended = values.pipe(ignoreElements(), endWith(null));
    const side = values.pipe(operator, ignoreElements());
    return merge(side.pipe(abandonedAtEnd ? takeUntil(ended) : identity), values);
  });
}
