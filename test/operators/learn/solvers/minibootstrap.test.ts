import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { runAtOnce } from '../../../../operators/foundation/threads/run-in-steps.ts';
import { KernelMatrix } from '../../../../operators/learn/solvers/kernel-matrix.ts';
import { output, trainOneVsAll } from '../../../../operators/learn/solvers/minibootstrap.ts';

const settings = {
  lambda: 1e-4,
  centresMax: 40,
  batchesMax: 10,
  batchMin: 10,
  hard: -0.7,
  easy: -0.9,
};

/** The kernel of numbers, all of which are centres. */
function kernelOf(numbers: readonly number[]): KernelMatrix {
  const sources = numbers.map((at) => ({ of: numbers, at }));
  const rows = { values: Float32Array.from(numbers), length: 1, sources };
  return runAtOnce(KernelMatrix.of(rows, Int32Array.from(numbers.keys()), 2, null));
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const near = (centre: number, count: number) => range(0, count).map((i) => centre + 0.01 * i);

describe('trainOneVsAll', () => {
  it('is 1 on the class and −1 off it, with all negatives if they are fewer than two batches', () => {
    const kernel = kernelOf([...near(0, 6), ...near(1.5, 10), ...near(-1.5, 9)]);
    const rows = { positives: range(0, 6), negatives: range(6, 25) };
    const machine = runAtOnce(trainOneVsAll(kernel, rows, settings));
    expect([...machine.columns]).toEqual(range(0, 25));
    for (const row of rows.positives) expect(output(kernel, machine, row)).toBeCloseTo(1, 0);
    for (const row of rows.negatives) expect(output(kernel, machine, row)).toBeCloseTo(-1, 0);
  });

  it('adds the hard negatives of later batches, and leaves out those it is sure of', () => {
    const easy = near(1.5, 10);
    // The second batch is half like the first one, and half of what the first one does not have.
    const kernel = kernelOf([...near(0, 6), ...easy, ...near(1.6, 5), ...near(-1.5, 5)]);
    const rows = { positives: range(0, 6), negatives: range(6, 26) };
    // Few places are left beside the class, so that negatives that are not kept get hardly any.
    const machine = runAtOnce(trainOneVsAll(kernel, rows, { ...settings, centresMax: 13 }));
    const used = new Set(machine.columns);
    expect(range(21, 26).every((row) => used.has(row))).toBe(true);
    expect(range(16, 21).some((row) => used.has(row))).toBe(false);
    expect(range(6, 16).filter((row) => used.has(row)).length).toBeLessThan(10);
    for (const row of range(21, 26)) expect(output(kernel, machine, row)).toBeLessThan(-0.7);
  });

  it('has centres off the class where it is sure of nearly all negatives', () => {
    // 30 classes, each as far from all others, and a third of the rows may be centres.
    const random = seededRandom(3);
    const length = 30;
    const labels = range(0, 1200).map((row) => row % length);
    const values = Float32Array.from({ length: labels.length * length }, (_, i) => {
      const own = labels[Math.floor(i / length)] === i % length;
      return (own ? Math.sqrt(0.42) : 0) + 0.06 * (random() - 0.5);
    });
    const sources = labels.map((_, at) => ({ of: labels, at }));
    const centres = Int32Array.from(range(0, 400).map((at) => 3 * at));
    const kernel = runAtOnce(KernelMatrix.of({ values, length, sources }, centres, 0.6, null));
    const mined = { ...settings, batchMin: 100 };
    for (const own of [0, 7, 29]) {
      const positives = range(0, 1200).filter((row) => labels[row] === own);
      const negatives = range(0, 1200).filter((row) => labels[row] !== own);
      const machine = runAtOnce(trainOneVsAll(kernel, { positives, negatives }, mined));
      const isOff = (column: number): boolean => labels[kernel.centres[column]!] !== own;
      expect(machine.columns.filter(isOff).length).toBeGreaterThan(15);
      expect(Math.max(...negatives.map((row) => output(kernel, machine, row)))).toBeLessThan(0);
      expect(Math.min(...positives.map((row) => output(kernel, machine, row)))).toBeGreaterThan(
        0.5,
      );
    }
  });

  it('takes at most half of the centres from the class', () => {
    const kernel = kernelOf([...near(0, 30), ...near(1.5, 5), ...near(-1.5, 4)]);
    const rows = { positives: range(0, 30), negatives: range(30, 39) };
    const machine = runAtOnce(trainOneVsAll(kernel, rows, { ...settings, centresMax: 12 }));
    expect([...machine.columns]).toEqual([...range(0, 6), ...range(30, 36)]);
  });
});
