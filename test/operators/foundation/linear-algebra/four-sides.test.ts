import { describe, expect, it } from 'vitest';
import {
  factorCholesky,
  packedLength,
  solveCholesky,
} from '../../../../operators/foundation/linear-algebra/cholesky.ts';
import {
  type FactorRows,
  sidesAtOnce,
  solveLower,
  solveUpper,
} from '../../../../operators/foundation/linear-algebra/four-sides.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';

/** Factor of a random matrix with a dominant diagonal. */
function factorOf(n: number): Float64Array {
  const random = seededRandom(n);
  const values = Float64Array.from({ length: packedLength(n) }, () => random() - 0.5);
  for (let i = 1; i <= n; i++) values[packedLength(i) - 1] = n;
  for (const _ of factorCholesky(values, n));
  return values;
}

/** One side of several fours, as a vector. */
const sideOf = (four: Float64Array, side: number) =>
  four.filter((_, i) => i % sidesAtOnce === side);

function randomFours(n: number, count: number): Float64Array[] {
  const random = seededRandom(n + count);
  return Array.from({ length: count }, () =>
    Float64Array.from({ length: sidesAtOnce * n }, () => random() - 0.5),
  );
}

const whole = (values: Float64Array, size: number): FactorRows => ({ values, first: 0, size });

describe('triangular systems with four sides each', () => {
  it.each([0, 1, 2, 3, 4, 5, 7, 8, 63, 64, 65, 67, 130])(
    'of %d equations are solved as each side alone',
    (n) => {
      const factor = factorOf(n);
      const fours = randomFours(n, 3);
      const alone = fours.flatMap((four) => [0, 1, 2, 3].map((side) => sideOf(four, side)));
      for (const side of alone) solveCholesky(factor, side);
      solveLower(whole(factor, n), fours);
      solveUpper(whole(factor, n), fours);
      for (const [i, side] of alone.entries()) {
        const solved = sideOf(fours[Math.floor(i / sidesAtOnce)]!, i % sidesAtOnce);
        for (const [k, value] of side.entries()) expect(solved[k]).toBeCloseTo(value, 12);
      }
    },
  );

  it.each([
    [1, 2],
    [3, 10],
    [4, 9],
    [66, 67],
    [67, 140],
  ])('are solved by rows from %d on, of %d, stored apart from those above', (first, n) => {
    const factor = factorOf(n);
    const upper = whole(factor.slice(0, packedLength(first)), first);
    const lower = { values: factor.slice(packedLength(first)), first, size: n };
    const [four, expected] = [0, 1].map(() => randomFours(n, 1)[0]!) as [
      Float64Array,
      Float64Array,
    ];
    solveLower(whole(factor, n), [expected]);
    solveLower(upper, [four]);
    solveLower(lower, [four]);
    four.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
    solveUpper(whole(factor, n), [expected]);
    solveUpper(lower, [four]);
    solveUpper(upper, [four]);
    four.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
  });
});
