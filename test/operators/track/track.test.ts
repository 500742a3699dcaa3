import { TestScheduler } from 'rxjs/testing';
import { NEVER, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { DetectedFrame } from '../../../operators/detect/detected-frame.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import { track } from '../../../operators/track/track.ts';
import { Tracker } from '../../../operators/track/tracker.ts';
import { boxAt, detectedAt, observationAt } from './scene.ts';

const marbles = (test: Parameters<TestScheduler['run']>[0]) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);
const frames: Record<string, DetectedFrame> = {
  a: detectedAt(0, [observationAt(boxAt(500, 500))]),
  b: detectedAt(100, [observationAt(boxAt(505, 500))]),
  c: detectedAt(200, []),
};
/** The frames with the tracks of a single tracker. */
function tracked() {
  const tracker = new Tracker();
  return Object.fromEntries(
    Object.entries(frames).map(([marble, frame]) => [
      marble,
      { ...frame, ...tracker.update(frame.observations, frame.frame.timestampMs, emptyHead()) },
    ]),
  );
}

describe('track', () => {
  it.each([
    ['never', '-', '-'],
    ['empty', '|', '|'],
    ['one', '-a|', '-a|'],
    ['many', '-a-b-(c|)', '-a-b-(c|)'],
    ['error', '-a-#', '-a-#'],
    ['endless', '-a-b-c-', '-a-b-c-'],
  ])('passes on %s', (_case, source, expected) => {
    marbles(({ cold, expectObservable }) => {
      const result = cold(source, frames).pipe(track(() => new Tracker()));
      expectObservable(result).toBe(expected, tracked());
    });
  });

  it('unsubscribes from its source at once', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b-c-', frames);
      expectObservable(source.pipe(track(() => new Tracker())), '---!').toBe('-a', tracked());
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
  });

  it('errors when the tracker throws', () => {
    marbles(({ cold, expectObservable }) => {
      const broken = {
        update() {
          throw new Error('broken');
        },
      };
      const result = cold('-a-b-', frames).pipe(track(() => broken));
      expectObservable(result).toBe('-#', undefined, new Error('broken'));
    });
  });

  it('creates a tracker per subscription, and none before', () => {
    let created = 0;
    const result = of(frames['a']!, frames['b']!).pipe(
      track(() => {
        created++;
        return new Tracker();
      }),
    );
    expect(created).toBe(0);
    const ids: number[] = [];
    result.subscribe(({ tracks }) => ids.push(tracks[0]!.id));
    result.subscribe(({ tracks }) => ids.push(tracks[0]!.id));
    expect(created).toBe(2);
    expect(ids).toEqual([1, 1, 1, 1]);
    NEVER.pipe(track(() => new Tracker()))
      .subscribe()
      .unsubscribe();
  });

  it('neither retains nor releases a frame', () => {
    const source = new Subject<DetectedFrame>();
    const held: number[] = [];
    source.pipe(track(() => new Tracker())).subscribe(({ frame }) => {
      held.push((frame as unknown as { references: number }).references);
    });
    source.next(detectedAt(0, []));
    source.complete();
    expect(held).toEqual([1]);
  });
});
