import { expect, it } from 'vitest';
import { Gram } from '../../../../operators/foundation/linear-algebra/gram.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { runAtOnce } from '../../../../operators/foundation/threads/run-in-steps.ts';
import { crossValidated } from '../../../../operators/learn/solvers/cross-validated-penalty.ts';
import { ClassMoments } from '../../../../operators/learn/statistics/class-moments.ts';

const features = 20;

/** The penalty chosen for so many rows of a class and of others, told apart by the first value. */
function chosen(count: number): number {
  const random = seededRandom(8);
  const moments = new ClassMoments(new Gram(features));
  const rows = (centre: number) =>
    Float32Array.from({ length: count * features }, (_, i) => {
      return random() - 0.5 + (i % features === 0 ? centre : 0);
    });
  const targets = new Float32Array(count).fill(1);
  moments.addExample('a', { rows: rows(0.1), targets, weight: 1 }, 1);
  moments.addNegatives(rows(-0.1), 1);
  return runAtOnce(crossValidated(moments, ['a'], [1e-4, 1e-2, 1]));
}

it('crossValidated shrinks weights less the more rows they are fitted to', () => {
  expect(chosen(30)).toBe(1);
  expect(chosen(5000)).toBeLessThan(1);
});
