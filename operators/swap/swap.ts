import {
  catchError,
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
import type { Verdict } from '../gate/verdict.ts';
import type { HeadBundle } from './store/head-bundle.ts';
import type { HeadHistory } from './head-history.ts';

/** A draft that is to become the active head. */
export interface SwapCandidate {
  readonly type: 'candidate';
  readonly draft: HeadDraft;
  /** Hash of what it was trained on, for its bundle. */
  readonly trainedOn: string;
  /** When it was drafted, for its bundle. */
  readonly createdMs: number;
}

/** Asks for an earlier head: this version, or the one before the active one. */
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
      /** Why it holds until the program ends only; absent: it is stored. */
      readonly unsaved?: unknown;
    }
  | {
      readonly type: 'failed';
      readonly request: R;
      /**
       * `queue`: too many requests wait. `judge`, `rollback`, `install`: the active head stays.
       * `save`: follows `swapped`, `refused` or `rolled-back`, which hold until the program ends.
       */
      readonly stage: FailureStage;
      readonly error: unknown;
    };

export type FailureStage = 'queue' | 'judge' | 'rollback' | 'install' | 'save';

/** Stores what became of requests; `request` is the very object that came in. */
export interface HeadKeeper<R extends SwapRequest = SwapRequest> {
  /** A candidate is the active head now. */
  saveActive(bundle: HeadBundle, request: R): ObservableInput<unknown>;
  /** The gate refused a candidate. */
  saveRefused(request: R): ObservableInput<unknown>;
  /** An earlier head is the active one again. */
  setActive(version: number, from: number, request: R): ObservableInput<unknown>;
}

export interface SwapOptions<R extends SwapRequest = SwapRequest> {
  readonly heads: HeadHistory;
  /** Compares a candidate with the active head; its first value is the verdict. */
  readonly judge: (candidate: HeadDraft, active: Head, request: R) => ObservableInput<Verdict>;
  /** Installs a head in the detector; completes once frames are detected with it. */
  readonly install: (head: Head) => ObservableInput<unknown>;
  readonly keeper?: HeadKeeper<R>;
  /** Most requests that wait or are in progress; further ones fail at once. Default: 16. */
  readonly waitingMax?: number;
}

export const swapsWaitingMax = 16;

/**
 * Sends candidates through the gate, installs those that pass in the detector, and rolls back.
 *
 * Requests are served one at a time, in order of arrival; no failure ends the stream. A head is
 * active once it is installed, and is stored after that: the disk delays no swap. The event comes
 * once it is stored.
 *
 * @example
 * import { Detector, emptyHead, HeadHistory, evaluateCandidate, swap } from 'lifelens';
 * import type { HeadDraft } from 'lifelens/strategies';
 * import { map, of, type Observable } from 'rxjs';
 *
 * declare const drafts: Observable<HeadDraft>;
 * const detector = await Detector.start({ viewSize: 320 });
 * const heads = new HeadHistory(emptyHead());
 * const candidates = drafts.pipe(
 *   map((draft) => ({ type: 'candidate', draft, trainedOn: '', createdMs: Date.now() }) as const),
 * );
 * const swapped = swap({
 *   heads,
 *   judge: (candidate, active) => of(evaluateCandidate({ candidate, active, heldOut: [] })),
 *   install: (head) => detector.setHead(head.version, head.objectness),
 * });
 * candidates.pipe(swapped).subscribe(({ type }) => console.log(type, heads.active.version));
 */
export function swap<R extends SwapRequest>({
  waitingMax = swapsWaitingMax,
  ...options
}: SwapOptions<R>): OperatorFunction<R, SwapEvent<R>> {
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
  options: Omit<SwapOptions<R>, 'waitingMax'>,
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
  { heads, judge, install, keeper }: SwapOptions<R>,
  enter: (stage: FailureStage) => void,
): Observable<SwapEvent<R>> {
  enter('judge');
  return from(judge(draft, heads.active, request)).pipe(
    take(1),
    throwIfEmpty(() => new Error('the gate gave no verdict')),
    concatMap((verdict): Observable<SwapEvent<R>> => {
      if (!verdict.accepted) {
        const refused = { type: 'refused', request, verdict } as const;
        return storedThen(refused, keeper?.saveRefused(request));
      }
      enter('install');
      const head = heads.number(draft);
      return done(install(head)).pipe(
        concatMap(() => {
          const before = heads.active.version;
          const { parent } = heads.accept(head);
          const swapped = { type: 'swapped', request, head, from: before, verdict } as const;
          const bundle = { head, parent, verdict, trainedOn, createdMs };
          return storedThen(swapped, keeper?.saveActive(bundle, request));
        }),
      );
    }),
  );
}

function rollBack<R extends SwapRequest>(
  request: R,
  { version }: RollbackRequest,
  { heads, install, keeper }: SwapOptions<R>,
  enter: (stage: FailureStage) => void,
): Observable<SwapEvent<R>> {
  enter('rollback');
  const target = heads.target(version);
  enter('install');
  return done(install(target)).pipe(
    concatMap(() => {
      const before = heads.active.version;
      const head = heads.rollback(target.version);
      const rolledBack = { type: 'rolled-back', request, head, from: before } as const;
      return storedThen(rolledBack, keeper?.setActive(head.version, before, request));
    }),
  );
}

/** Emits one value when the input completes, and nothing else. */
function done(input: ObservableInput<unknown>): Observable<undefined> {
  return from(input).pipe(ignoreElements(), endWith(undefined));
}

/** Emits an event once it is stored; where that fails, the failure follows it. */
function storedThen<R extends SwapRequest>(
  event: SwapEvent<R>,
  stored: ObservableInput<unknown> | undefined,
): Observable<SwapEvent<R>> {
  return done(stored ?? []).pipe(
    map(() => event),
    catchError((error: unknown) => {
      const unsaved = event.type === 'rolled-back' ? { ...event, unsaved: error } : event;
      return of(unsaved, failed(event.request, 'save', error));
    }),
  );
}

function failed<R extends SwapRequest>(
  request: R,
  stage: FailureStage,
  error: unknown,
): SwapEvent<R> {
  return { type: 'failed', request, stage, error };
}
