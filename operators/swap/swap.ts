import {
  catchError,
  concat,
  concatMap,
  connect,
  defer,
  endWith,
  filter,
  finalize,
  from,
  ignoreElements,
  map,
  merge,
  of,
  take,
  throwIfEmpty,
  type Observable,
  type ObservableInput,
  type OperatorFunction,
} from 'rxjs';
import type { Head } from '../detect/heads/head.ts';
import type { HeadDraft } from '../learn/strategy.ts';
import type { Verdict } from './gate.ts';
import type { HeadBundle } from './store/head-bundle.ts';
import type { HeadHistory } from './head-history.ts';

/** A draft that wants to become the active head. */
export interface SwapCandidate {
  readonly type: 'candidate';
  readonly draft: HeadDraft;
  /** Hash of what it was trained on, for its bundle. */
  readonly trainedOn: string;
  /** When it was drafted, for its bundle. */
  readonly createdMs: number;
}

/** Wants an earlier head back: this version, or the one before the active one. */
export interface RollbackRequest {
  readonly type: 'rollback';
  readonly version?: number;
}

export type SwapRequest = SwapCandidate | RollbackRequest;

/** What became of a request; `request` is the very object that came in. */
export type SwapEvent<R extends SwapRequest = SwapRequest> =
  | {
      readonly type: 'swapped';
      readonly request: R;
      readonly head: Head;
      /** The version that was active before. */
      readonly from: number;
      readonly verdict: Verdict;
    }
  | { readonly type: 'refused'; readonly request: R; readonly verdict: Verdict }
  | {
      readonly type: 'rolled-back';
      readonly request: R;
      readonly head: Head;
      readonly from: number;
    }
  | {
      readonly type: 'failed';
      readonly request: R;
      /**
       * `queue`: too many requests wait. `judge`, `rollback`, `install`: the active head stays.
       * `save`: comes after `swapped` or `rolled-back`, which stand until the program ends.
       */
      readonly stage: FailureStage;
      readonly error: unknown;
    };

export type FailureStage = 'queue' | 'judge' | 'rollback' | 'install' | 'save';

/** Where heads outlive the program; a HeadStore is one. */
export interface HeadKeeper {
  saveActive(bundle: HeadBundle): ObservableInput<unknown>;
  setActive(version: number): ObservableInput<unknown>;
}

export interface SwapOptions {
  readonly heads: HeadHistory;
  /** Compares a candidate with the active head; its first value counts. */
  readonly judge: (candidate: HeadDraft, active: Head) => ObservableInput<Verdict>;
  /** Makes the detector use this head from some frame on; done when it completes. */
  readonly install: (head: Head) => ObservableInput<unknown>;
  readonly keeper?: HeadKeeper;
  /** Most requests that wait or are under way; further ones fail at once. Default 16. */
  readonly waitingMax?: number;
}

export const swapsWaitingMax = 16;

/**
 * Judges candidates, puts those that pass in the detector's hands, and takes heads back.
 *
 * One request at a time, in the order they came; no failure ends the stream. A head counts as
 * active once it is installed, and is written to disk after that: the disk delays no swap.
 */
export function swap<R extends SwapRequest>({
  waitingMax = swapsWaitingMax,
  ...options
}: SwapOptions): OperatorFunction<R, SwapEvent<R>> {
  return (requests) =>
    defer(() => {
      let waiting = 0;
      return requests.pipe(
        map((request) => {
          const admitted = waiting < waitingMax;
          if (admitted) waiting++;
          return { request, admitted };
        }),
        connect((arrivals) =>
          merge(
            arrivals.pipe(
              filter(({ admitted }) => !admitted),
              map(({ request }) =>
                failed(request, 'queue', new Error(`${waitingMax} requests wait already`)),
              ),
            ),
            arrivals.pipe(
              filter(({ admitted }) => admitted),
              concatMap(({ request }) =>
                perform(request, options).pipe(
                  finalize(() => {
                    waiting--;
                  }),
                ),
              ),
            ),
          ),
        ),
      );
    });
}

function perform<R extends SwapRequest>(
  request: R,
  options: Omit<SwapOptions, 'waitingMax'>,
): Observable<SwapEvent<R>> {
  let stage: FailureStage = 'judge';
  const enter = (next: FailureStage): void => {
    stage = next;
  };
  return defer(() =>
    request.type === 'candidate'
      ? takeUp(request, request, options, enter)
      : rollBack(request, request, options, enter),
  ).pipe(catchError((error: unknown) => of(failed(request, stage, error))));
}

function takeUp<R extends SwapRequest>(
  request: R,
  { draft, trainedOn, createdMs }: SwapCandidate,
  { heads: line, judge, install, keeper }: SwapOptions,
  enter: (stage: FailureStage) => void,
): Observable<SwapEvent<R>> {
  enter('judge');
  return from(judge(draft, line.active)).pipe(
    take(1),
    throwIfEmpty(() => new Error('the gate gave no verdict')),
    concatMap((verdict): Observable<SwapEvent<R>> => {
      if (!verdict.accepted) return of({ type: 'refused', request, verdict });
      enter('install');
      const head = line.number(draft);
      return done(install(head)).pipe(
        concatMap(() => {
          const before = line.active.version;
          const { parent } = line.accept(head);
          enter('save');
          return concat(
            of({ type: 'swapped', request, head, from: before, verdict } as const),
            saved(keeper?.saveActive({ head, parent, verdict, trainedOn, createdMs })),
          );
        }),
      );
    }),
  );
}

function rollBack<R extends SwapRequest>(
  request: R,
  { version }: RollbackRequest,
  { heads: line, install, keeper }: SwapOptions,
  enter: (stage: FailureStage) => void,
): Observable<SwapEvent<R>> {
  enter('rollback');
  const target = line.target(version);
  enter('install');
  return done(install(target)).pipe(
    concatMap(() => {
      const before = line.active.version;
      const head = line.rollback(target.version);
      enter('save');
      return concat(
        of({ type: 'rolled-back', request, head, from: before } as const),
        saved(keeper?.setActive(head.version)),
      );
    }),
  );
}

/** One value when the input completes, whatever it emitted before. */
function done(input: ObservableInput<unknown>): Observable<undefined> {
  return from(input).pipe(ignoreElements(), endWith(undefined));
}

/** Nothing but completion or error. */
function saved(input: ObservableInput<unknown> | undefined): Observable<never> {
  return from(input ?? []).pipe(ignoreElements());
}

function failed<R extends SwapRequest>(
  request: R,
  stage: FailureStage,
  error: unknown,
): SwapEvent<R> {
  return { type: 'failed', request, stage, error };
}
