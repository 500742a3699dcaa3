import { Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DetectedFrame } from '../../../operators/detect/detected-frame.ts';
import { detect } from '../../../operators/detect/detect.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { FakeDetector, makeFrame } from './fake-detector.ts';

describe('detect, in marbles', () => {
  let detector: FakeDetector;
  let dropped: string[];
  beforeEach(() => {
    detector = new FakeDetector();
    dropped = [];
  });

  const marbles = () =>
    new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    });
  const operator = () =>
    detect(detector, {
      pace: 'live',
      headOf: () => emptyHead(),
      onDrop: (reason) => dropped.push(reason),
    });

  it.each([
    ['never', '-', '-'],
    ['empty', '|', '|'],
    ['late and empty', '---|', '---|'],
    ['error', '#', '#'],
    ['late error', '--#', '--#'],
  ])('%s', (_, input, output) => {
    marbles().run(({ cold, expectObservable }) => {
      expectObservable(cold<Frame>(input).pipe(operator())).toBe(output);
    });
  });

  it('forwards an error at once and releases the frames in the detector', () => {
    marbles().run(({ cold, expectObservable, flush }) => {
      const [a, b] = [makeFrame(0), makeFrame(1)];
      expectObservable(cold<Frame>('ab-#', { a, b }).pipe(operator())).toBe('---#');
      flush();
      expect([a.released, b.released]).toEqual([1, 1]);
      expect(dropped).toEqual(['shutdown', 'shutdown']);
    });
  });

  it('unsubscribes from its source on unsubscribe', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const input = hot<Frame>('-----');
      expectObservable(input.pipe(operator()), '--!').toBe('---');
      expectSubscriptions(input.subscriptions).toBe('^-!');
    });
  });

  it('keeps separate state per subscription', async () => {
    const shared = new Observable<Frame>((subscriber) => subscriber.next(makeFrame(0))).pipe(
      operator(),
    );
    const emitted: DetectedFrame[] = [];
    const first = shared.subscribe((detected) => emitted.push(detected));
    const second = shared.subscribe((detected) => emitted.push(detected));
    first.unsubscribe();
    await detector.answer(0);
    expect(emitted).toHaveLength(1);
    second.unsubscribe();
  });
});
