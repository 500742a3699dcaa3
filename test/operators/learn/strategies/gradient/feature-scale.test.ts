import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { FeatureScale } from '../../../../../operators/learn/strategies/gradient/feature-scale.ts';

const random = seededRandom(9);
const length = 3;
/** Features of different mean and variance; the last is constant. */
const rows = Float32Array.from({ length: 40 * length }, (_, i) =>
  i % length === 0 ? random() : i % length === 1 ? 50 + 10 * random() : 2,
);

describe('feature scale', () => {
  it('gives the same mean and variance for any division into blocks', () => {
    const once = new FeatureScale(length).with([rows]);
    const bits = [0, 1, 7, 30].reduce(
      (scale, from, i, starts) =>
        scale.with([rows.subarray(from * length, (starts[i + 1] ?? 40) * length)]),
      new FeatureScale(length),
    );
    const mean = (i: number) =>
      rows.filter((_, at) => at % length === i).reduce((sum, value) => sum + value, 0) / 40;
    expect(once.count).toBe(40);
    expect(bits.count).toBe(40);
    for (let i = 0; i < length; i++) {
      expect(once.mean[i]).toBeCloseTo(mean(i), 4);
      expect(bits.mean[i]).toBeCloseTo(once.mean[i]!, 4);
      expect(bits.variance[i]).toBeCloseTo(once.variance[i]!, 4);
    }
    expect(once.variance[1]).toBeGreaterThan(4);
  });

  it('counts every stride-th row of a block', () => {
    expect(new FeatureScale(length).with([rows], 8).count).toBe(5);
  });

  it('standardises features, and writes a constant after them', () => {
    const scale = new FeatureScale(length).with([rows]);
    const sums = [0, 0];
    for (let row = 0; row < 40; row++) {
      const values = Float32Array.of(...rows.subarray(row * length, (row + 1) * length), 99);
      scale.apply(values, 0);
      expect(values[3]).toBe(1);
      expect(Number.isFinite(values[2])).toBe(true);
      sums[0]! += values[1]! / 40;
      sums[1]! += values[1]! ** 2 / 40;
    }
    expect(sums[0]).toBeCloseTo(0, 3);
    expect(sums[1]).toBeCloseTo(1, 1);
  });

  it('converts a layer to standardised features and back without changing its outputs', () => {
    const scale = new FeatureScale(length).with([rows]);
    const layer = {
      weights: Float32Array.of(1, -2, 3, 0.5, 0.25, 0),
      bias: Float32Array.of(4, -1),
      length,
    };
    const scaled = scale.standardise(layer);
    const plain = Float32Array.of(0.3, 55, 2, 0);
    const standard = plain.slice();
    scale.apply(standard, 0);
    for (const row of [0, 1]) {
      const over = (weights: Float32Array, width: number, x: Float32Array) =>
        x.subarray(0, width).reduce((sum, value, i) => sum + value * weights[row * width + i]!, 0);
      const wanted = over(layer.weights, length, plain) + layer.bias[row]!;
      expect(over(scaled, length + 1, standard)).toBeCloseTo(wanted, 3);
    }
    const back = scale.unstandardise(scaled);
    back.weights.forEach((weight, i) => expect(weight).toBeCloseTo(layer.weights[i]!, 4));
    back.bias.forEach((bias, i) => expect(bias).toBeCloseTo(layer.bias[i]!, 3));
  });

  it('does not change values before it has rows', () => {
    const values = Float32Array.of(1, 2, 3, 0);
    new FeatureScale(length).apply(values, 0);
    expect([...values]).toEqual([1, 2, 3, 1]);
  });
});
