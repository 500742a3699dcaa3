import { Observable, tap } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { leaveOutStill } from '../../../../operators/detect/motion/leave-out-still.ts';
import type { Frame } from '../../../../operators/ingest/frames/frame.ts';
import { makeFrame, type TestFrame } from '../fake-detector.ts';

describe('leaveOutStill', () => {
  let dropped: number;
  let kept: number;
  beforeEach(() => {
    dropped = 0;
    kept = 0;
  });

  const marbles = () =>
    new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    });

  /** Frames whose name is a capital move; each is 40 ms after the one before in `letters`. */
  const framesOf = (letters: string): Record<string, TestFrame> =>
    Object.fromEntries(
      letters.split('').map((letter, i) => {
        const view = Uint8Array.of(letter === letter.toUpperCase() ? 1 : 0);
        return [letter, { ...makeFrame(i), view }];
      }),
    );

  const operator = (minFps = 5, holdMs = 0) =>
    leaveOutStill({ minFps, holdMs, onDrop: () => dropped++ }, () => ({
      moves: (view) => view[0] === 1,
      keep: () => {
        kept++;
      },
    }));

  it.each([
    ['never', '-', '-'],
    ['empty', '|', '|'],
    ['error', '#', '#'],
    ['passes frames that move', 'ABC|', 'ABC|'],
    ['passes the first frame', 'a--|', 'a--|'],
    ['leaves out still ones', 'AbcDe|', 'A--D-|'],
    ['passes still ones at the rate of the floor', 'abcdefghijkl|', 'a----f----k-|'],
    ['counts the floor from the last that passed', 'abcDefghijkl|', 'a--D----i---|'],
    ['passes errors on', 'Ab#', 'A-#'],
  ])('%s', (_, input, output) => {
    marbles().run(({ cold, expectObservable, flush }) => {
      const letters = input.replaceAll(/[^A-Za-z]/g, '');
      const frames = framesOf(letters);
      expectObservable(cold<Frame>(input, frames).pipe(operator())).toBe(output, frames);
      flush();
      const passed = output.replaceAll(/[^A-Za-z]/g, '');
      expect(dropped).toBe(letters.length - passed.length);
      expect(kept).toBe(passed.length);
    });
  });

  it('releases the frames that it leaves out, once', () => {
    marbles().run(({ cold, expectObservable, flush }) => {
      const left: TestFrame[] = [];
      const frames = framesOf('Abc').A!;
      const all = [frames, makeFrame(1), makeFrame(2)].map((frame) => {
        const own: TestFrame = { ...frame, release: () => (own.released += 1) };
        left.push(own);
        return own;
      });
      const [a, b, c] = all;
      expectObservable(
        cold<Frame>('abc|', { a, b, c } as Record<string, Frame>).pipe(operator()),
      ).toBe('a--|', { a });
      flush();
      expect(left.map(({ released }) => released)).toEqual([0, 1, 1]);
    });
  });

  it('passes frames for a while after motion', () => {
    marbles().run(({ cold, expectObservable }) => {
      const frames = framesOf('abCdefgh');
      expectObservable(cold<Frame>('abCdefgh|', frames).pipe(operator(1, 80))).toBe(
        'a-Cde---|',
        frames,
      );
    });
  });

  it('passes a frame whose time goes back', () => {
    marbles().run(({ cold, expectObservable }) => {
      const frames = framesOf('abcd');
      frames['c'] = { ...frames['c']!, timestampMs: -40 };
      expectObservable(cold<Frame>('abc-|', frames).pipe(operator())).toBe('a-c-|', frames);
    });
  });

  it('unsubscribes from its source, and keeps separate state per subscription', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const frames = framesOf('ab');
      const input = hot<Frame>('-a-b-', frames);
      const gated = input.pipe(operator(1));
      expectObservable(gated, '^-!').toBe('-a-', frames);
      expectObservable(gated, '--^---!').toBe('---b---', frames);
      expectSubscriptions(input.subscriptions).toBe(['^-!', '--^---!']);
    });
  });

  it('errors when the meter throws', () => {
    let outcome: unknown;
    new Observable<Frame>((subscriber) => subscriber.next(makeFrame(0)))
      .pipe(
        leaveOutStill({ minFps: 1, onDrop: () => undefined }, () => ({
          moves: () => {
            throw new Error('no pixels');
          },
          keep: () => undefined,
        })),
        tap({ error: (error: unknown) => (outcome = error) }),
      )
      .subscribe({ error: () => undefined });
    expect(outcome).toMatchObject({ message: 'no pixels' });
  });
});
