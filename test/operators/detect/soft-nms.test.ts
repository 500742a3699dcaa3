import { describe, expect, it } from 'vitest';
import { softNms } from '../../../operators/detect/soft-nms.ts';
import type { Box } from '../../../operators/foundation/geometry/box.ts';

const boxes = [
  { box: [0, 0, 10, 10] as Box, score: 0.6, name: 'weaker' },
  { box: [5, 0, 15, 10] as Box, score: 0.9, name: 'stronger' },
  { box: [50, 50, 60, 60] as Box, score: 0.5, name: 'apart' },
];

describe('softNms', () => {
  it('lowers the score of overlapping boxes by the Gaussian of their IoU', () => {
    const kept = softNms(boxes);
    expect(kept.map(({ name }) => name)).toEqual(['stronger', 'apart', 'weaker']);
    expect(kept[0]!.score).toBe(0.9);
    expect(kept[1]!.score).toBe(0.5);
    expect(kept[2]!.score).toBeCloseTo(0.6 * Math.exp(-((1 / 3) ** 2) / 0.5), 12);
  });

  it('drops boxes below the least score', () => {
    expect(softNms(boxes, { minScore: 0.55 }).map(({ name }) => name)).toEqual(['stronger']);
  });

  it('leaves its input unchanged', () => {
    softNms(boxes, { sigma: 0.1 });
    expect(boxes.map(({ score }) => score)).toEqual([0.6, 0.9, 0.5]);
    expect(softNms([])).toEqual([]);
  });
});
