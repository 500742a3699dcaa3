import { EMPTY, firstValueFrom, map, NEVER, of, throwError, toArray, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { evaluateCandidate } from '../../../operators/gate/gate.ts';
import type { Verdict } from '../../../operators/gate/verdict.ts';
import type { HeadDraft } from '../../../operators/learn/strategy.ts';
import { HeadHistory } from '../../../operators/swap/head-history.ts';
import {
  swap,
  type HeadKeeper,
  type SwapCandidate,
  type SwapEvent,
  type SwapOptions,
  type SwapRequest,
} from '../../../operators/swap/swap.ts';
import { draft } from './sample-head.ts';

const verdict: Verdict = {
  ...evaluateCandidate({ candidate: draft([]), active: emptyHead(), heldOut: [] }),
  accepted: true,
  reason: 'fine',
};

const candidate = (name: string): SwapCandidate => ({
  type: 'candidate',
  draft: draft([name]),
  trainedOn: 'abc',
  createdMs: 1,
});
const requests: Record<string, SwapRequest> = {
  a: candidate('a'),
  b: candidate('b'),
  c: candidate('c'),
  r: { type: 'rollback' },
  q: { type: 'rollback', version: 9 },
};

/** An event as a short string, which marbles can name. */
const brief = map((event: SwapEvent): string => {
  switch (event.type) {
    case 'swapped':
      return `swapped ${event.from} to ${event.head.version}`;
    case 'rolled-back': {
      const unsaved = event.unsaved === undefined ? '' : ', unsaved';
      return `rolled-back ${event.from} to ${event.head.version}${unsaved}`;
    }
    case 'refused':
      return `refused: ${event.verdict.reason}`;
    case 'failed':
      return `failed at ${event.stage}: ${(event.error as Error).message}`;
  }
});

interface Stage {
  readonly line: HeadHistory;
  run(source: Observable<SwapRequest>, options?: Partial<SwapOptions>): Observable<string>;
}

function stage(): Stage {
  const line = new HeadHistory(emptyHead());
  const defaults: SwapOptions = { heads: line, judge: () => of(verdict), install: () => EMPTY };
  return { line, run: (source, options) => source.pipe(swap({ ...defaults, ...options }), brief) };
}

type Times = Parameters<Parameters<TestScheduler['run']>[0]>[0];
const inMarbles = (test: (times: Times) => void): void =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);

describe('swap', () => {
  it('swaps once the head is installed, one after the other', () => {
    inMarbles(({ cold, hot, expectObservable }) => {
      const { run } = stage();
      const source = hot('  -(ab)|', requests);
      const install = () => cold('---|');
      const expected = '    ----a--(b|)';
      expectObservable(run(source, { install })).toBe(expected, {
        a: 'swapped 0 to 1',
        b: 'swapped 1 to 2',
      });
    });
  });

  it('judges every candidate against the head that is active by then', () => {
    inMarbles(({ cold, hot, expectObservable }) => {
      const { run } = stage();
      const judge = (next: HeadDraft, active: Head) =>
        of({ ...verdict, accepted: false, reason: `${next.classes[0]!} after ${active.version}` });
      const first: SwapOptions['judge'] = (next, active) =>
        active.version === 0 ? cold('--(v|)', { v: verdict }) : judge(next, active);
      expectObservable(run(hot('-(ab)---|', requests), { judge: first })).toBe('---(ab)-|', {
        a: 'swapped 0 to 1',
        b: 'refused: b after 1',
      });
    });
  });

  it('leaves the active head alone when it refuses', () => {
    inMarbles(({ cold, expectObservable, flush }) => {
      const { line, run } = stage();
      const judge = () => of({ ...verdict, accepted: false, reason: 'cat fell' });
      const install = () => throwError(() => new Error('must not be installed'));
      expectObservable(run(cold('a-|', requests), { judge, install })).toBe('r-|', {
        r: 'refused: cat fell',
      });
      flush();
      expect(line.versions).toEqual([0]);
    });
  });

  it('outlives a gate and a detector that fail, and stays with the active head', () => {
    inMarbles(({ cold, expectObservable, flush }) => {
      const { line, run } = stage();
      const judge: SwapOptions['judge'] = ({ classes }) => {
        if (classes[0] === 'a') throw new Error('no samples');
        return classes[0] === 'b' ? EMPTY : of(verdict);
      };
      const install: SwapOptions['install'] = ({ version }) =>
        version === 1 ? throwError(() => new Error('worker gone')) : EMPTY;
      expectObservable(run(cold('a-b-c-c-|', requests), { judge, install })).toBe('a-b-c-d-|', {
        a: 'failed at judge: no samples',
        b: 'failed at judge: the gate gave no verdict',
        c: 'failed at install: worker gone',
        d: 'swapped 0 to 2',
      });
      flush();
      expect(line.versions).toEqual([0, 2]);
    });
  });

  it('rolls back in its turn, installing the old head first', () => {
    inMarbles(({ cold, expectObservable, flush }) => {
      const { run } = stage();
      const installed: number[] = [];
      const install: SwapOptions['install'] = ({ version }) => {
        installed.push(version);
        return cold('--|');
      };
      const source = cold('(ar)-----r--q---|', requests);
      expectObservable(run(source, { install })).toBe('--a-r----n--q---|', {
        a: 'swapped 0 to 1',
        r: 'rolled-back 1 to 0',
        n: 'failed at rollback: there is no earlier head to roll back to',
        q: 'failed at rollback: head 9 is not held; held are 0, 1',
      });
      flush();
      expect(installed).toEqual([1, 0]);
    });
  });

  it('does not roll back where the detector does not take the old head', () => {
    inMarbles(({ cold, expectObservable, flush }) => {
      const { line, run } = stage();
      const install: SwapOptions['install'] = ({ version }) =>
        version === 0 ? throwError(() => new Error('worker gone')) : EMPTY;
      expectObservable(run(cold('a-r-|', requests), { install })).toBe('a-r-|', {
        a: 'swapped 0 to 1',
        r: 'failed at install: worker gone',
      });
      flush();
      expect(line.active.version).toBe(1);
    });
  });

  it('reports a full disk after the swap, which stands', () => {
    inMarbles(({ cold, expectObservable, flush }) => {
      const { line, run } = stage();
      const full = () => cold('--#', {}, new Error('disk full'));
      const keeper = { saveActive: full, saveRefused: full, setActive: full };
      expectObservable(run(cold('a---r-------|', requests), { keeper })).toBe('--(af)(rf)--|', {
        a: 'swapped 0 to 1',
        f: 'failed at save: disk full',
        r: 'rolled-back 1 to 0, unsaved',
      });
      flush();
      expect(line.active.version).toBe(0);
    });
  });

  it('emits what became of a request once it is stored, refusals too', () => {
    inMarbles(({ cold, expectObservable }) => {
      const { run } = stage();
      const slow = () => cold('--|');
      const keeper = { saveActive: slow, saveRefused: slow, setActive: slow };
      const judge: SwapOptions['judge'] = ({ classes }) =>
        of({ ...verdict, accepted: classes[0] === 'a', reason: 'no' });
      expectObservable(run(cold('(abr)|', requests), { keeper, judge })).toBe('--a-b-(r|)', {
        a: 'swapped 0 to 1',
        b: 'refused: no',
        r: 'rolled-back 1 to 0',
      });
    });
  });

  it('fails what comes while too much waits, at once, and takes more when there is room', () => {
    inMarbles(({ cold, hot, expectObservable }) => {
      const { run } = stage();
      const install = () => cold('----|');
      const source = hot('  abc---c----|', requests);
      const expected = '    --x-a---b---(c|)';
      expectObservable(run(source, { install, waitingMax: 2 })).toBe(expected, {
        x: 'failed at queue: 2 requests wait already',
        a: 'swapped 0 to 1',
        b: 'swapped 1 to 2',
        c: 'swapped 2 to 3',
      });
    });
  });

  it('completes, errors and ends with its source', () => {
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      expectObservable(stage().run(cold('|'))).toBe('|');
      expectObservable(stage().run(cold('-#'))).toBe('-#');
      expectObservable(stage().run(cold('-'))).toBe('-');
      const source = cold('a-----', requests);
      expectObservable(stage().run(source, { install: () => NEVER }), '---!').toBe('----');
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
  });

  it('takes promises and a store, and hands the request back in the event', async () => {
    const line = new HeadHistory(emptyHead());
    const kept: unknown[] = [];
    const keeper: HeadKeeper = {
      saveActive: async (bundle, by) => kept.push([bundle, by]),
      saveRefused: async (by) => kept.push(by),
      setActive: async (...to) => kept.push(to),
    };
    const request = candidate('cat');
    const events = await firstValueFrom(
      of(request, requests['r']!).pipe(
        swap({
          heads: line,
          judge: async () => verdict,
          install: async () => undefined,
          keeper,
        }),
        toArray(),
      ),
    );
    expect(events.map(({ type }) => type)).toEqual(['swapped', 'rolled-back']);
    expect(events[0]!.request).toBe(request);
    const head = { ...request.draft, version: 1 };
    expect(kept).toEqual([
      [{ head, parent: 0, verdict, trainedOn: 'abc', createdMs: 1 }, request],
      [0, 1, requests['r']],
    ]);
  });
});
