import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { ClassMoments } from '../../../../operators/learn/statistics/class-moments.ts';
import { runInSteps } from '../../../../operators/foundation/threads/run-in-steps.ts';
import { Gram } from '../../../../operators/foundation/linear-algebra/gram.ts';
import { StoredMoments } from '../../../../operators/learn/statistics/stored-moments.ts';
import { RowSums } from '../../../../operators/foundation/linear-algebra/row-sums.ts';
import { withinScatter } from '../../../../operators/learn/statistics/within-scatter.ts';

const features = 6;
const run = <T>(work: Generator<void, T>) => runInSteps(work, () => Promise.resolve(), undefined);

/** Rows far from the origin with small differences. */
function filled<All extends Gram | RowSums>(all: All): ClassMoments<All> {
  const moments = new ClassMoments(all);
  const random = seededRandom(3);
  const rows = () => Float32Array.from({ length: 4 * features }, () => 1000 + 0.1 * random());
  const targets = new Float32Array(4).fill(1);
  moments.addExample('cat', { rows: rows(), targets, weight: 1 }, 1);
  moments.addExample('dog', { rows: rows(), targets, weight: 1 }, 1);
  moments.addNegatives(rows(), 2);
  return moments;
}

describe('stored moments', () => {
  it.each([
    ['second moments', () => new Gram(features)],
    ['sums alone', () => new RowSums(features)],
  ])('are restored up to float32 rounding: %s', async (_, create) => {
    const moments = filled(create());
    const resting = await run(StoredMoments.of(moments, create()));
    const opened = await run(resting.open());
    const [before, after] = [moments.contents(), opened.contents()];
    expect(after.rows).toBe(12);
    expect(after.classes.map(({ name, examples, squares }) => [name, examples, squares])).toEqual(
      before.classes.map(({ name, examples, squares }) => [name, examples, squares]),
    );
    before.all.forEach((value, i) => expect(after.all[i]! / value).toBeCloseTo(1, 6));
  });

  it('keep small differences that float32 moments about the origin would lose', async () => {
    const moments = filled(new Gram(features));
    const scatter = await run(withinScatter(moments));
    const resting = await run(StoredMoments.of(moments, new Gram(features)));
    const kept = await run(withinScatter(await run(resting.open())));
    const largest = Math.max(...scatter.map(Math.abs));
    scatter.forEach((value, i) => expect(Math.abs(kept[i]! - value) / largest).toBeLessThan(0.02));
    const rounded = moments.all.values.map((value) => Math.fround(value));
    const lost = await run(withinScatter(new ClassMoments(new Gram(features, rounded, 12))));
    expect(Math.max(...lost.map((value, i) => Math.abs(value - scatter[i]!)))).toBeGreaterThan(
      largest,
    );
  });

  it('take half the bytes', async () => {
    const moments = filled(new Gram(features));
    const resting = await run(StoredMoments.of(moments, new Gram(features)));
    expect(resting.bytes).toBe(moments.bytes / 2);
    const { all, classes } = resting.contents;
    const held = [all, ...classes.map(({ features: sums }) => sums)];
    expect(resting.bytes).toBe(held.reduce((sum, { byteLength }) => sum + byteLength, 0));
  });
});
