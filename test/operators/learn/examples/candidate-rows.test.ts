import { describe, expect, it } from 'vitest';
import { denseLatentLength } from '../../../../operators/detect/engines/engine.ts';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { CandidateRows } from '../../../../operators/learn/examples/candidate-rows.ts';
import { fakeCandidateEngine, type FakeCandidate } from '../fake-engine.ts';

const letterbox = {
  width: 416,
  height: 416,
  fit: 'letterbox',
  anchor: 'corner',
  ground: 114,
} as const;

const whole = [0, 0, 416, 416] as const;

async function rowsOf(
  candidates: readonly FakeCandidate[],
  picture: Box = whole,
): Promise<CandidateRows> {
  const maps = await fakeCandidateEngine(candidates).dense(new Uint8Array(0), letterbox);
  if (maps.kind !== 'candidates') throw new Error('expected candidates');
  return new CandidateRows(maps, letterbox, picture);
}

/** The indices that the fake engine writes into the latents. */
function indices(latents: Float32Array): number[] {
  return Array.from(
    { length: latents.length / denseLatentLength },
    (_, i) => latents[i * denseLatentLength]!,
  );
}

/** 400 weak candidates side by side, 20 pixels each. */
const field: FakeCandidate[] = Array.from({ length: 400 }, (_, i) => {
  const [x, y] = [(i % 20) * 20, Math.floor(i / 20) * 20];
  return { heat: 0.001, box: [x, y, x + 20, y + 20] };
});

describe('CandidateRows', () => {
  it('proposes the strongest candidates without overlaps, at most 100, clipped to the view', async () => {
    const rows = await rowsOf([
      { heat: 0.9, box: [-20, 100, 60, 180] },
      { heat: 0.8, box: [0, 100, 62, 180] },
      { heat: 0.4, box: [200, 100, 260, 180] },
      { heat: 0.3, box: [416, 100, 500, 180] },
      { heat: 0.04, box: [300, 300, 360, 380] },
    ]);
    expect(rows.propose()).toEqual([
      { row: 0, box: [0, 100, 60, 180], heat: expect.closeTo(0.9, 5) },
      { row: 2, box: [200, 100, 260, 180], heat: expect.closeTo(0.4, 5) },
    ]);
    const strong = await rowsOf(field.map((candidate) => ({ ...candidate, heat: 0.5 })));
    expect(strong.propose()).toHaveLength(100);
  });

  it('gives an object its candidates of IoU 0.3 and more, at most 25, the best with target 1', async () => {
    const near = Array.from({ length: 60 }, (_, i): FakeCandidate => {
      return { heat: 0.9 - i / 100, box: [100 + i, 100, 200 + i, 200] };
    });
    const rows = await rowsOf([...near, ...field]);
    const { dense, denseTargets } = rows.rowsOf([103, 100, 203, 200]);
    expect(denseTargets).toHaveLength(25);
    expect(indices(dense)[0]).toBe(3);
    expect(denseTargets[0]).toBe(1);
    expect([...denseTargets]).toEqual([...denseTargets].sort((a, b) => b - a));
    expect(denseTargets.at(-1)).toBeGreaterThan(0);
    expect(denseTargets.at(-1)).toBeLessThan(0.8);
    expect(rows.rowsOf([103, 240, 203, 340]).denseTargets).toHaveLength(0);
  });

  it('proposes for an object the strongest candidate of it, and the one that fits best', async () => {
    const rows = await rowsOf([
      { heat: 0.9, box: [100, 100, 200, 180] },
      { heat: 0.1, box: [100, 100, 200, 199] },
    ]);
    const object = [100, 100, 200, 200] as const;
    expect(rows.proposalsOf(object, rows.propose(), 0.5)).toEqual([
      [100, 100, 200, 180],
      [100, 100, 200, 199],
    ]);
    expect(rows.proposalsOf([100, 100, 200, 180], rows.propose(), 0.5)).toEqual([
      [100, 100, 200, 180],
    ]);
    expect(rows.proposalsOf([300, 300, 400, 400], rows.propose(), 0.5)).toEqual([]);
  });

  it('stands for a place with the candidate that fits it best, or else the nearest one', async () => {
    const rows = await rowsOf([
      { heat: 0.9, box: [0, 0, 10, 10] },
      { heat: 0.8, box: [300, 300, 340, 340] },
      { heat: 0.7, box: [310, 310, 345, 345] },
    ]);
    expect(rows.rowAt([310, 310, 345, 346])).toBe(2);
    expect(rows.rowAt([40, 40, 60, 60])).toBe(0);
    const none = await rowsOf([]);
    expect(none.rowAt([40, 40, 60, 60])).toBeNull();
    expect([...none.gather([none.rowAt([40, 40, 60, 60])])]).toEqual(
      new Array<number>(denseLatentLength).fill(0),
    );
  });

  it('draws background from candidates away from the boxes, and the same others without them', async () => {
    const rows = await rowsOf(field);
    const all = rows.sampleBackground([], seededRandom(1));
    expect(rows.backgroundWeight).toBe(2);
    expect(all.length).toBeGreaterThan(150);
    expect(all.length).toBeLessThan(250);
    const left = rows.sampleBackground([[0, 0, 200, 400]], seededRandom(1));
    expect(left).toEqual(all.filter((row) => row % 20 >= 10));
  });

  it('draws background from the picture alone, not from what a letterbox leaves free', async () => {
    const all = (await rowsOf(field)).sampleBackground([], seededRandom(1));
    const wide = await rowsOf(field, [0, 0, 416, 234]);
    const drawn = wide.sampleBackground([], seededRandom(1));
    expect(drawn).toEqual(all.filter((row) => 20 * Math.floor(row / 20) + 10 < 234));
    expect(drawn.length).toBeGreaterThan(50);
  });
});
