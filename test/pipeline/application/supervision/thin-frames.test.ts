import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../../operators/ingest/frames/frame.ts';
import {
  stillMsOf,
  thinFrames,
  type ThinFramesParts,
} from '../../../../pipeline/application/supervision/thin-frames.ts';
import { makeFrame } from '../../../operators/detect/fake-detector.ts';

const letters = 'abcdefgh';

function framesOf(): Record<string, Frame> {
  return Object.fromEntries(
    letters
      .split('')
      .map((letter, i) => [
        letter,
        { ...makeFrame(i), timestampMs: 400 * i, view: new Uint8Array(32 * 32 * 3), viewSize: 32 },
      ]),
  );
}

/** What passes of eight still frames 400 ms apart, and why the others do not. */
function thin(parts: Partial<ThinFramesParts>, output: string): readonly string[] {
  const dropped: string[] = [];
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run(({ cold, expectObservable }) => {
    const frames = framesOf();
    const thinned = thinFrames({
      pace: 'live',
      seeing: { motion: 'off', minFps: 1 },
      onDrop: (reason) => dropped.push(reason),
      ...parts,
    });
    expectObservable(cold(`${letters}|`, frames).pipe(thinned)).toBe(output, frames);
  });
  return dropped;
}

it('says how long frames without motion may be left out', () => {
  expect(stillMsOf('live', { motion: 'on', minFps: 0.1 })).toBe(10_000);
  expect(stillMsOf('live', { motion: 'off', minFps: 0.1 })).toBe(0);
  expect(stillMsOf('demand', { motion: 'on', minFps: 0.1 })).toBe(0);
});

describe('thinFrames', () => {
  it('passes every frame where nothing asks for less', () => {
    expect(thin({}, 'abcdefgh|')).toEqual([]);
  });

  it('leaves out every second frame while labels wait', () => {
    expect(thin({ givesWay: () => true }, '-b-d-f-h|')).toEqual(new Array(4).fill('learning'));
  });

  it('with motion, leaves out still frames beyond the floor', () => {
    const seeing = { motion: 'on', minFps: 1 } as const;
    expect(thin({ seeing }, 'abc--f--|')).toEqual(new Array(4).fill('still'));
  });

  it('counts a frame for one reason only', () => {
    const seeing = { motion: 'on', minFps: 1 } as const;
    const dropped = thin({ seeing, givesWay: () => true }, '-b-d---h|');
    expect(dropped.toSorted()).toEqual([...new Array(4).fill('learning'), 'still']);
  });

  it('passes every frame at pace demand', () => {
    const seeing = { motion: 'on', minFps: 1 } as const;
    expect(thin({ pace: 'demand', seeing, givesWay: () => true }, 'abcdefgh|')).toEqual([]);
  });
});
