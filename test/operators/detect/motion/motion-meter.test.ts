import { describe, expect, it } from 'vitest';
import { MotionMeter } from '../../../../operators/detect/motion/motion-meter.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';

const side = 160;

interface Scene {
  /** Left edge of a bright square of 20 pixels; null for none. */
  readonly x: number | null;
  readonly gain?: number;
  readonly offset?: number;
  /** Standard deviation of the noise in grey levels. */
  readonly noise?: number;
}

/** A picture of stripes. */
function draw({ x, gain = 1, offset = 0, noise = 0 }: Scene, random = seededRandom(1)): Uint8Array {
  const view = new Uint8Array(side * side * 3);
  for (let i = 0; i < side * side; i++) {
    const [column, row] = [i % side, Math.floor(i / side)];
    const isInside = x !== null && column >= x && column < x + 20 && row >= 60 && row < 80;
    const grey = isInside ? 180 : 70 + 40 * Math.sin(column / 9);
    const spread = noise * 2 * Math.sqrt(3) * (random() - 0.5);
    view.fill(Math.max(0, Math.min(255, gain * grey + offset + spread)), 3 * i, 3 * i + 3);
  }
  return view;
}

function meterOf(scene: Scene, random?: () => number): MotionMeter {
  const meter = new MotionMeter();
  meter.changedCells(draw(scene, random), side, side);
  meter.keep();
  return meter;
}

describe('a motion meter', () => {
  it('takes the first picture, and one of another size, for motion', () => {
    const meter = new MotionMeter();
    const view = draw({ x: null });
    expect(meter.changedCells(view, side, side)).toBe(400);
    meter.keep();
    // As many cells, in other places.
    expect(meter.changedCells(view, 2 * side, side / 2)).toBe(400);
    meter.changedCells(view, side, side);
    meter.keep();
    expect(meter.changedCells(view, side, side)).toBe(0);
    expect(meter.moves(view, side / 2, side / 2)).toBe(true);
  });

  it('sees an object that comes, goes and moves', () => {
    expect(meterOf({ x: null }).moves(draw({ x: 40 }), side, side)).toBe(true);
    expect(meterOf({ x: 40 }).moves(draw({ x: null }), side, side)).toBe(true);
    expect(meterOf({ x: 40 }).moves(draw({ x: 44 }), side, side)).toBe(true);
  });

  it('sees slow motion once it has added up, since the reference stays', () => {
    const meter = meterOf({ x: 40 });
    const seen = Array.from({ length: 9 }, (_, i) => {
      return meter.moves(draw({ x: 40 + i / 2 }), side, side);
    });
    expect(seen[0]).toBe(false);
    expect(seen.at(-1)).toBe(true);
  });

  it.each([
    ['darker', { gain: 0.8 }],
    ['brighter', { gain: 1.2, offset: 10 }],
    ['offset', { offset: -30 }],
  ])('is not fooled by light that changes for the whole picture: %s', (_, light) => {
    const meter = meterOf({ x: 40 });
    expect(meter.changedCells(draw({ x: 40, ...light }), side, side)).toBe(0);
    expect(meter.moves(draw({ x: 80, ...light }), side, side)).toBe(true);
  });

  it.each([2, 6, 10])('is not fooled by noise of %i grey levels', (noise) => {
    const random = seededRandom(5);
    const meter = meterOf({ x: 40, noise }, random);
    for (let i = 0; i < 20; i++) {
      expect(meter.moves(draw({ x: 40, noise }, random), side, side)).toBe(false);
    }
    expect(meter.moves(draw({ x: 80, noise }, random), side, side)).toBe(true);
  });

  it('does not take motion in most of the picture for noise', () => {
    const meter = meterOf({ x: null });
    const random = seededRandom(9);
    const turned = draw({ x: null }).map((_, i) => (Math.floor(i / 24) % 2) * 200 * random());
    expect(meter.changedCells(turned, side, side)).toBeGreaterThan(100);
  });

  it('knows where the picture has changed', () => {
    const meter = meterOf({ x: 20 });
    const count = meter.changedCells(draw({ x: 100 }), side, side);
    const left = meter.changedWithin([0, 0, side / 2, side]);
    expect(left).toBeGreaterThan(0);
    expect(left + meter.changedWithin([side / 2, 0, side, side])).toBe(count);
    expect(meter.changedWithin([0, 100, side, side])).toBe(0);
    expect(meter.changedWithin([-50, -50, 500, 500])).toBe(count);
  });
});
