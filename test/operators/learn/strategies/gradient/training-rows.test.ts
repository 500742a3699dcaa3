import { describe, expect, it } from 'vitest';
import { TrainingRows } from '../../../../../operators/learn/strategies/gradient/training-rows.ts';
import { packFloat16 } from '../../../../../operators/foundation/numbers/float16.ts';

describe('training rows', () => {
  it('are read from the given vectors, in single or half precision', () => {
    const rows = new TrainingRows(2, ['a', 'b']);
    rows.add(Float32Array.of(1, 2, 3, 4), 'b', Float32Array.of(1, 0.5));
    rows.add(packFloat16(Float32Array.of(5, 6)), null);
    rows.add(new Float32Array(0), 'a');
    rows.add(Float32Array.of(7, 8), 'a');
    expect(rows.count).toBe(4);
    expect(rows.groups).toEqual([[3], [0, 1], [2]]);
    const read = new Float32Array(8);
    for (let row = 0; row < 4; row++) rows.read(row, read, 2 * row);
    expect([...read]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([0, 1, 2, 3].map((row) => rows.column(row))).toEqual([1, 1, -1, 0]);
    expect([0, 1, 2, 3].map((row) => rows.target(row))).toEqual([1, 0.5, 0, 1]);
  });

  it('count as background if their class is not a class of the layer', () => {
    const rows = new TrainingRows(1, ['a']);
    rows.add(Float32Array.of(1), 'gone');
    expect(rows.groups).toEqual([[], [0]]);
    expect(rows.target(0)).toBe(0);
  });
});
