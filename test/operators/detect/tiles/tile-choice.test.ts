import { describe, expect, it } from 'vitest';
import {
  TileChoice,
  type Mark,
  type TileFrame,
} from '../../../../operators/detect/tiles/tile-choice.ts';
import type { Observation } from '../../../../operators/detect/detected-frame.ts';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';

const side = 96;

/** A grey frame of three tiles side by side, with one bright square in its view. */
function frame(timestampMs: number, square: readonly [number, number] | null = null): TileFrame {
  const view = new Uint8Array(side * side * 3).fill(100);
  if (square !== null) {
    for (let y = square[1]; y < square[1] + 16; y++) {
      view.fill(250, (y * side + square[0]) * 3, (y * side + square[0] + 16) * 3);
    }
  }
  const size = { width: 2 * side, height: side, sourceWidth: 4 * side, sourceHeight: 2 * side };
  return { view, viewSize: side, timestampMs, ...size };
}

/** Sources are twice as large as the picture that tiles are cut from. */
const doubt = (box: Box): Observation => ({
  box,
  objectness: 0.15,
  baseClass: 'person',
  baseScore: 0.15,
  baseShare: 0.2,
  latent: new Float32Array(0),
});

/** Left edges of the tiles that are chosen for a frame. */
function choose(
  choice: TileChoice,
  seen: TileFrame,
  observations: readonly Observation[] = [],
  marks: readonly Mark[] = [],
): number[] {
  expect(choice.see(seen, observations, marks)).toBe(true);
  const lefts: number[] = [];
  for (let tile = choice.next(); tile !== null; tile = choice.next()) lefts.push(tile.left);
  return lefts;
}

const all = [0, 48, 96];
const [left, right]: readonly [Box, Box] = [
  [10, 10, 30, 30],
  [350, 10, 380, 30],
];

describe('the choice of a tile', () => {
  it('offers a tile again that was put back, in the same frame and in the next', () => {
    const choice = new TileChoice();
    choice.see(frame(0), [doubt(left)], []);
    const first = choice.next()!;
    choice.putBack(first);
    expect(choice.next()).toBe(first);
    while (choice.next() !== null);
    choice.see(frame(100), [doubt(left)], []);
    expect(choice.next()).toBeNull();
    choice.see(frame(300), [doubt(left)], []);
    expect(choice.next()).toBe(first);
    choice.putBack(first);
    // Less than 200 ms after the look that was put back.
    choice.see(frame(400), [doubt(left)], []);
    expect(choice.next()).toBe(first);
    choice.see(frame(500), [doubt(left)], []);
    expect(choice.next()).toBeNull();
    // A file starts over while the tile is in the detector.
    choice.see(frame(0), [doubt(left)], []);
    choice.putBack(first);
    choice.see(frame(1), [doubt(left)], []);
    expect(choice.next()).toBe(first);
  });

  it('sweeps over all tiles of a still picture once, each once a frame, and then rests', () => {
    const choice = new TileChoice();
    expect(choose(choice, frame(0)).toSorted((a, b) => a - b)).toEqual(all);
    expect(choose(choice, frame(1000))).toEqual([]);
    expect(choose(choice, frame(6000)).toSorted((a, b) => a - b)).toEqual(all);
  });

  it('is where something moves', () => {
    const choice = new TileChoice();
    choose(choice, frame(0, [0, 10]));
    expect(choose(choice, frame(1000, [4, 10]))).toEqual([0]);
    choose(choice, frame(1200, [72, 40]));
    expect(choose(choice, frame(2000, [76, 40]))).toEqual([96]);
  });

  it('is where detections are in doubt, longest without a look first', () => {
    const choice = new TileChoice();
    choose(choice, frame(0));
    expect(choose(choice, frame(1000), [doubt(left)])).toEqual([0]);
    const both = [doubt(left), doubt(right)];
    expect(choose(choice, frame(1500), both)).toEqual([96, 0]);
  });

  it('comes back to objects that only tiles show before anything else', () => {
    const choice = new TileChoice();
    choose(choice, frame(0));
    const marks: Mark[] = [{ box: right, kind: 'carried' }];
    expect(choose(choice, frame(100), [], marks)).toEqual([]);
    expect(choose(choice, frame(400), [doubt(left)], marks)).toEqual([96, 0]);
  });

  it('begins anew where time goes back or the picture has another size', () => {
    const choice = new TileChoice();
    choose(choice, frame(60_000));
    expect(choose(choice, frame(0))).toHaveLength(3);
    const small = { ...frame(100), width: side, height: side };
    expect(choice.see(small, [], [])).toBe(false);
    expect(choice.next()).toBeNull();
  });

  it('is the same for the same frames', () => {
    const lefts = () => {
      const choice = new TileChoice();
      return Array.from({ length: 40 }, (_, i) =>
        choose(choice, frame(i * 137, [(i * 7) % 70, 20]), i % 3 === 0 ? [doubt(left)] : []),
      );
    };
    expect(lefts()).toEqual(lefts());
  });
});
