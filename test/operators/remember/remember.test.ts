import { map, of, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it, vi } from 'vitest';
import { createMemory } from '../../../operators/remember/create-memory.ts';
import { remember } from '../../../operators/remember/remember.ts';
import { sampleBytes } from '../../../operators/remember/sample-bytes.ts';
import { makeSample, seeded } from './make-sample.ts';

const marbles = (run: Parameters<TestScheduler['run']>[0]) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run);
const memoryOf = (samples: number) =>
  createMemory('reservoir', sampleBytes(makeSample('a')) * samples, seeded(1));
const briefly = remember(memoryOf(9), (id: string) => of([makeSample(id)]));
const took = (id: string) => ({ sample: makeSample(id), taken: true, evicted: [] });

describe('remember', () => {
  it('neither emits nor completes on a source that never does', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-').pipe(briefly)).toBe('-');
    });
  });

  it('completes with an empty source', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('--|').pipe(briefly)).toBe('--|');
    });
  });

  it('stores one sample after another and says so', () => {
    const memory = memoryOf(3);
    marbles(({ cold, expectObservable }) => {
      const stored = cold('a-b-|').pipe(remember(memory, (id) => of([makeSample(id)])));
      expectObservable(stored).toBe('a-b-|', { a: took('a'), b: took('b') });
    });
    expect([...memory.values()].map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('stores all samples of one input', () => {
    marbles(({ cold, expectObservable }) => {
      const both = () => of([makeSample('a'), makeSample('b')]);
      const stored = cold('x-----|').pipe(remember(memoryOf(3), both));
      expectObservable(stored).toBe('(ab)--|', {
        a: took('a'),
        b: took('b'),
      });
    });
  });

  it('tells who went, and a newcomer that was not taken', () => {
    const memory = memoryOf(1);
    const results: boolean[] = [];
    const inputs = Array.from('abcdefgh');
    of(...inputs)
      .pipe(remember(memory, (id) => of([makeSample(id)])))
      .subscribe(({ sample, taken, evicted }) => {
        results.push(taken);
        expect(evicted).not.toContain(sample.id);
        if (!taken) expect(evicted).toEqual([]);
      });
    expect(results).toContain(false);
    expect(results.filter(Boolean).length).toBeGreaterThan(1);
    expect(memory.evicted + memory.refused).toBe(7);
  });

  it('drops inputs while enough are in work, and counts them', () => {
    const onDropped = vi.fn();
    marbles(({ cold, expectObservable }) => {
      const slowly = (id: string) => timer(4).pipe(map(() => [makeSample(id)]));
      const stored = cold('abc---d|').pipe(
        remember(memoryOf(9), slowly, { pendingMax: 2, onDropped }),
      );
      expectObservable(stored).toBe('----ab----(d|)', {
        a: took('a'),
        b: took('b'),
        d: took('d'),
      });
    });
    expect(onDropped.mock.calls).toEqual([['busy']]);
  });

  it('passes errors of the source and of the sample maker on', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a-#').pipe(remember(memoryOf(2), () => of([])))).toBe('--#');
      const failing = cold('-a').pipe(
        remember(memoryOf(2), () => throwError(() => new Error('no pixels'))),
      );
      expectObservable(failing).toBe('-#', undefined, new Error('no pixels'));
      const throwing = cold('-a').pipe(
        remember(memoryOf(2), () => {
          throw new Error('no worker');
        }),
      );
      expectObservable(throwing).toBe('-#', undefined, new Error('no worker'));
    });
  });

  it('stops making samples when nobody listens any more', () => {
    const memory = memoryOf(9);
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b-c-d');
      const slowly = (id: string) => timer(1).pipe(map(() => [makeSample(id)]));
      expectObservable(source.pipe(remember(memory, slowly)), '---!').toBe('-a-', {
        a: took('a'),
      });
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
    expect(memory.size).toBe(1);
  });
});
