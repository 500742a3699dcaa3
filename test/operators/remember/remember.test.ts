import { map, of, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { createMemory } from '../../../operators/remember/create-memory.ts';
import { remember, type Remembered } from '../../../operators/remember/remember.ts';
import { sampleBytes } from '../../../operators/remember/sample-bytes.ts';
import { makeSample } from './make-sample.ts';

const marbles = (run: Parameters<TestScheduler['run']>[0]) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run);
const memoryOf = (samples: number) =>
  createMemory('reservoir', sampleBytes(makeSample('a')) * samples, seededRandom(1));
const rememberNine = remember(memoryOf(9), (id: string) => of([makeSample(id)]));
const stored = (id: string): Remembered => ({ sample: makeSample(id), stored: true, evicted: [] });

describe('remember', () => {
  it('neither emits nor completes for a silent source', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-').pipe(rememberNine)).toBe('-');
    });
  });

  it('completes with an empty source', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('--|').pipe(rememberNine)).toBe('--|');
    });
  });

  it('stores and emits one sample after another', () => {
    const memory = memoryOf(3);
    marbles(({ cold, expectObservable }) => {
      const results = cold('a-b-|').pipe(remember(memory, (id) => of([makeSample(id)])));
      expectObservable(results).toBe('a-b-|', { a: stored('a'), b: stored('b') });
    });
    expect([...memory.values()].map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('stores every sample of one input', () => {
    marbles(({ cold, expectObservable }) => {
      const both = () => of([makeSample('a'), makeSample('b')]);
      const results = cold('x-----|').pipe(remember(memoryOf(3), both));
      expectObservable(results).toBe('(ab)--|', {
        a: stored('a'),
        b: stored('b'),
      });
    });
  });

  it('reports evicted samples and refused new ones', () => {
    const memory = memoryOf(1);
    const results: boolean[] = [];
    const inputs = Array.from('abcdefgh');
    of(...inputs)
      .pipe(remember(memory, (id) => of([makeSample(id)])))
      .subscribe(({ sample, stored: taken, evicted }) => {
        results.push(taken);
        expect(evicted).not.toContain(sample.id);
        if (!taken) expect(evicted).toEqual([]);
      });
    expect(results).toContain(false);
    expect(results.filter(Boolean).length).toBeGreaterThan(1);
    expect(memory.evicted + memory.refused).toBe(7);
  });

  it('drops and reports inputs while too many are pending', () => {
    const onDropped = vi.fn();
    marbles(({ cold, expectObservable }) => {
      const afterDelay = (id: string) => timer(4).pipe(map(() => [makeSample(id)]));
      const results = cold('abc---d|').pipe(
        remember(memoryOf(9), afterDelay, { pendingMax: 2, onDropped }),
      );
      expectObservable(results).toBe('----ab----(d|)', {
        a: stored('a'),
        b: stored('b'),
        d: stored('d'),
      });
    });
    expect(onDropped.mock.calls).toEqual([['busy']]);
  });

  it('forwards errors of the source and of toSamples', () => {
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

  it('stops making samples when unsubscribed', () => {
    const memory = memoryOf(9);
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b-c-d');
      const afterDelay = (id: string) => timer(1).pipe(map(() => [makeSample(id)]));
      expectObservable(source.pipe(remember(memory, afterDelay)), '---!').toBe('-a-', {
        a: stored('a'),
      });
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
    expect(memory.size).toBe(1);
  });
});
