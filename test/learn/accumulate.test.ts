import { expect, it } from 'vitest';
import { seededRandom } from '../../operators/ingest/seeded-random.ts';
import { accumulate, accumulatedAtOnce } from '../../operators/learn/accumulate.ts';
import { packedLength } from '../../operators/learn/cholesky.ts';

it('adds weighted outer products to what is there, and leaves rows of weight 0 out', () => {
  const random = seededRandom(4);
  const size = 7;
  const rows = Array.from({ length: accumulatedAtOnce }, () =>
    Float64Array.from({ length: size }, () => random() - 0.5),
  );
  // A column that is zero in all rows, as features that never fire are.
  for (const row of rows) row[3] = 0;
  const weights = Float64Array.from([1, -2, 0.5, 3, 1, 0, 4, 1]);
  rows[5]!.fill(1e6);
  const values = Float64Array.from({ length: packedLength(size) }, (_, i) => i);
  accumulate(values, size, rows, weights);
  let at = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++, at++) {
      let expected = at;
      rows.forEach((row, k) => (expected += weights[k]! * row[i]! * row[j]!));
      expect(values[at]).toBeCloseTo(expected, 9);
    }
  }
});
