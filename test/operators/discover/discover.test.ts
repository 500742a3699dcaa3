import { of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { discover } from '../../../operators/discover/discover.ts';
import { Discoverer } from '../../../operators/discover/discoverer.ts';
import { trackedAt } from '../track/scene.ts';

const marbles = (test: Parameters<TestScheduler['run']>[0]) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);
const frames = { a: trackedAt(0, []), b: trackedAt(100, []), c: trackedAt(200, []) };
const nothing = { unknowns: [], toSample: [] };
const discovered = {
  a: { ...frames.a, ...nothing },
  b: { ...frames.b, ...nothing },
  c: { ...frames.c, ...nothing },
};

describe('discover', () => {
  it.each([
    ['never', '-', '-'],
    ['empty', '|', '|'],
    ['one', '-a|', '-a|'],
    ['many', '-a-b-(c|)', '-a-b-(c|)'],
    ['error', '-a-#', '-a-#'],
    ['endless', '-a-b-c-', '-a-b-c-'],
  ])('passes on %s', (_case, source, expected) => {
    marbles(({ cold, expectObservable }) => {
      const result = cold(source, frames).pipe(discover(() => new Discoverer()));
      expectObservable(result).toBe(expected, discovered);
    });
  });

  it('unsubscribes from its source at once', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b-c-', frames);
      const result = source.pipe(discover(() => new Discoverer()));
      expectObservable(result, '---!').toBe('-a', discovered);
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
  });

  it('errors when the discoverer throws', () => {
    marbles(({ cold, expectObservable }) => {
      const broken = {
        update() {
          throw new Error('broken');
        },
      };
      const result = cold('-a-b-', frames).pipe(discover(() => broken));
      expectObservable(result).toBe('-#', undefined, new Error('broken'));
    });
  });

  it('creates a discoverer per subscription, and none before', () => {
    let created = 0;
    const result = of(frames.a).pipe(
      discover(() => {
        created++;
        return new Discoverer();
      }),
    );
    expect(created).toBe(0);
    result.subscribe();
    result.subscribe();
    expect(created).toBe(2);
  });
});
