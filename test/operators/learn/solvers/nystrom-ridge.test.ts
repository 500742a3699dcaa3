import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { runAtOnce } from '../../../../operators/foundation/threads/run-in-steps.ts';
import { solveNystromRidge } from '../../../../operators/learn/solvers/nystrom-ridge.ts';

const kernel = (a: number, b: number) => Math.exp(-2 * (a - b) ** 2);

/** A task of regression on a line, with the kernel values also as nested arrays. */
function problem(rows: number, centres: readonly number[], lambda: number) {
  const random = seededRandom(4);
  const x = Array.from({ length: rows }, () => 4 * random());
  const y = x.map((value) => Math.sin(3 * value) + 0.2 * random());
  const knm = x.map((value) => centres.map((centre) => kernel(value, centre)));
  const kmm = centres.map((a) => centres.map((b) => kernel(a, b)));
  const task = {
    kernels: Float64Array.from(knm.flat()),
    centres: Float64Array.from(kmm.flatMap((row, i) => row.slice(0, i + 1))),
    targets: Float64Array.from(y),
    lambda,
  };
  const risk = (alpha: ArrayLike<number>) => {
    const dot = (row: readonly number[]) =>
      row.reduce((sum, value, i) => sum + value * alpha[i]!, 0);
    const loss = knm.reduce((sum, row, i) => sum + (dot(row) - y[i]!) ** 2, 0) / rows;
    return loss + lambda * kmm.reduce((sum, row, i) => sum + alpha[i]! * dot(row), 0);
  };
  return { task, knm, kmm, y, risk };
}

/** Gauss's elimination with the largest pivot: shares nothing with the solver. */
function eliminate(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const a = matrix.map((row, i) => [...row, right[i]!]);
  for (let column = 0; column < a.length; column++) {
    const rows = a.slice(column);
    const pivot = rows.reduce((x, y) => (Math.abs(y[column]!) > Math.abs(x[column]!) ? y : x));
    a.splice(a.indexOf(pivot), 1);
    a.splice(column, 0, pivot);
    for (const row of a) {
      if (row === pivot) continue;
      const factor = row[column]! / pivot[column]!;
      for (let k = column; k <= a.length; k++) row[k] = row[k]! - factor * pivot[k]!;
    }
  }
  return a.map((row, i) => row[a.length]! / row[i]!);
}

describe('solveNystromRidge', () => {
  it('finds what a dense solve of the normal equations finds', () => {
    const lambda = 1e-3;
    const { task, knm, kmm, y } = problem(70, [0.2, 0.9, 1.7, 2.2, 3, 3.8], lambda);
    const matrix = kmm.map((line, i) =>
      line.map((value, j) => {
        const moment = knm.reduce((sum, row) => sum + row[i]! * row[j]!, 0);
        return moment + lambda * y.length * value;
      }),
    );
    const right = kmm.map((_, i) => knm.reduce((sum, row, n) => sum + row[i]! * y[n]!, 0));
    const alpha = runAtOnce(solveNystromRidge(task));
    eliminate(matrix, right).forEach((value, i) => expect(alpha[i]).toBeCloseTo(value, 6));
  });

  it('minimises the penalised risk: every change of a coefficient raises it', () => {
    const { task, risk } = problem(40, [0, 1, 2, 3, 4], 1e-2);
    const alpha = runAtOnce(solveNystromRidge(task));
    for (const i of alpha.keys()) {
      for (const by of [-1e-3, 1e-3]) {
        const other = alpha.map((value, j) => (j === i ? value + by : value));
        expect(risk(other)).toBeGreaterThan(risk(alpha));
      }
    }
  });

  it('solves with a centre given twice as with it once', () => {
    const once = problem(40, [0, 1, 2, 3], 1e-3);
    const twice = problem(40, [0, 1, 1, 2, 3], 1e-3);
    const alpha = runAtOnce(solveNystromRidge(twice.task));
    const expected = runAtOnce(solveNystromRidge(once.task));
    expect(alpha[1]! + alpha[2]!).toBeCloseTo(expected[1]!, 6);
    expect(twice.risk(alpha)).toBeCloseTo(once.risk(expected), 9);
  });
});
