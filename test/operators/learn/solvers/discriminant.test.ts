import { describe, expect, it } from 'vitest';
import type { LinearLayer } from '../../../../operators/detect/heads/head.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { type ScatterRows } from '../../../../operators/learn/statistics/scatter-contents.ts';
import { type ScatterLayout } from '../../../../operators/learn/statistics/scatter-layout.ts';
import { Scatter } from '../../../../operators/learn/statistics/scatter.ts';
import { discriminant } from '../../../../operators/learn/solvers/discriminant.ts';

function finish<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const layoutOf = (...blocks: number[][]): ScatterLayout => ({
  rowLength: blocks.flat().length,
  landmarks: new Uint16Array(0),
  blocks: blocks.map((places) => Uint16Array.from(places)),
  half: false,
});
const take = (scatter: Scatter, ...changes: ScatterRows[]) => finish(scatter.with(changes));
const solve = (scatter: Scatter, classes: readonly string[], shrinkage = 1e-9) =>
  finish(discriminant(scatter, classes, { most: shrinkage }));
const rowsOf = (label: string | null, ...values: number[]): ScatterRows => ({
  ...{ label, rows: Float32Array.from(values), weight: 1 },
});
/** Prior of background over a class, as a logit. */
const handicap = 1;
/** Logits of a layer for a row. */
const logits = ({ weights, bias, length }: LinearLayer, row: readonly number[]) =>
  [...bias].map((start, k) => row.reduce((sum, x, i) => sum + x * weights[k * length + i]!, start));

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

describe('discriminant', () => {
  it('equals the textbook discriminant for one class and background, up to its temperature', () => {
    // Means (4, 2) and (0, 1); scatter about them [[4, 2], [2, 4]] over 4 + 2 rows.
    const classRows = rowsOf('a', 5, 3, 3, 1, 4, 3, 4, 1);
    const rest = rowsOf(null, 1, 1, -1, 1);
    const layer = solve(take(new Scatter(layoutOf([0, 1])), classRows, rest), ['a']);
    // S⁻¹·(4, 1) = (6/12)·((4·4 − 2·1), (−2·4 + 4·1)) = (7, −2).
    expect(layer.weights[0]! / layer.weights[1]!).toBeCloseTo(7 / -2, 4);
    // The boundary lies half-way between the means.
    expect(logits(layer, [2, 1.5])[0]).toBeCloseTo(0 - handicap, 5);
    // Half the squared distance: scaled to 4 at the class mean, and -4 at the background mean.
    expect(logits(layer, [4, 2])[0]).toBeCloseTo(4 - handicap, 5);
    expect(logits(layer, [0, 1])[0]).toBeCloseTo(-4 - handicap, 5);
  });

  it('separates classes at the midplanes between their means, with one temperature for all', () => {
    const scatter = take(
      new Scatter(layoutOf([0, 1])),
      rowsOf('a', 3, 0, 5, 0, 4, 1, 4, -1),
      rowsOf('b', 0, 7, 0, 9, 1, 8, -1, 8),
      rowsOf(null, 1, 0, -1, 0, 0, 1, 0, -1),
    );
    const layer = solve(scatter, ['a', 'b']);
    const [a, b] = logits(layer, [2, 4]);
    expect(a).toBeCloseTo(b!, 4);
    const own = [logits(layer, [4, 0])[0]! + handicap, logits(layer, [0, 8])[1]! + handicap];
    expect((own[0]! + own[1]!) / 2).toBeCloseTo(4, 4);
    // At twice the distance from background the logit is four times as large.
    expect(own[1]! / own[0]!).toBeCloseTo(4, 4);
  });

  it('finds the direction between Gaussian classes of known covariance', () => {
    const random = seededRandom(3);
    // x = L·z with covariance L·Lᵀ = [[1, 0.8, 0], [0.8, 1, 0], [0, 0, 4]].
    const draw = (mean: readonly number[]) => {
      const [z0, z1, z2] = [normal(random), normal(random), normal(random)];
      return [mean[0]! + z0, mean[1]! + 0.8 * z0 + 0.6 * z1, mean[2]! + 2 * z2];
    };
    const rows = (mean: readonly number[]) =>
      Array.from({ length: 20_000 }, () => draw(mean)).flat();
    const scatter = take(
      new Scatter(layoutOf([0, 1, 2])),
      rowsOf('a', ...rows([2, 1, 3])),
      rowsOf(null, ...rows([1, 1, 1])),
    );
    const { weights } = solve(scatter, ['a'], 1e-4);
    // Σ⁻¹·(1, 0, 2) = (1/0.36, −0.8/0.36, 0.5).
    const expected = [1 / 0.36, -0.8 / 0.36, 0.5];
    const size = Math.hypot(...weights) * Math.hypot(...expected);
    const cosine = expected.reduce((sum, x, i) => sum + x * weights[i]!, 0) / size;
    expect(cosine).toBeGreaterThan(0.999);
  });

  it('ignores covariance between blocks', () => {
    const rows = [rowsOf('a', 5, 6, 3, 2, 6, 5, 2, 3), rowsOf(null, 1, 1, -1, -1, 2, 1, -2, -1)];
    const apart = solve(take(new Scatter(layoutOf([0], [1])), ...rows), ['a']);
    const lone = [0, 1].map((feature) => {
      const single = rows.map((change) => ({
        ...change,
        rows: change.rows.filter((_, i) => i % 2 === feature),
      }));
      return take(new Scatter(layoutOf([0])), ...single);
    });
    // Without covariance a weight is the difference of means over the variance.
    const ratio = lone.map((scatter) => {
      const { sums, weight } = scatter.classes.get('a')!;
      const difference =
        sums[0]! / weight - scatter.background.sums[0]! / scatter.background.weight;
      return difference / scatter.loaded()[1]![0]!;
    });
    expect(apart.weights[0]! / apart.weights[1]!).toBeCloseTo(ratio[0]! / ratio[1]!, 5);
  });

  it('with landmarks equals the full discriminant if blocks are independent given the landmarks', () => {
    // Columns of a Hadamard matrix: the features' residuals given the landmark are uncorrelated.
    const signs = Array.from({ length: 8 }, (_, i) =>
      [i & 1, i & 2, i & 4].map((bit) => (bit ? 1 : -1)),
    );
    const rows = (mean: readonly number[]) =>
      signs.flatMap(([mark, a, b]) => [
        mean[0]! + 3 * mark! + a!,
        mean[1]! + mark!,
        mean[2]! - 2 * mark! + b!,
      ]);
    const changes = [rowsOf('a', ...rows([4, 0, 2])), rowsOf(null, ...rows([0, 0, 1]))];
    const [landmarks, blocks] = [Uint16Array.of(1), [Uint16Array.of(0), Uint16Array.of(2)]];
    const marked = solve(
      take(new Scatter({ rowLength: 3, landmarks, blocks, half: false }), ...changes),
      ['a'],
    );
    const whole = solve(take(new Scatter(layoutOf([0, 1, 2])), ...changes), ['a']);
    whole.weights.forEach((weight, i) => expect(marked.weights[i]).toBeCloseTo(weight, 4));
    expect(marked.bias[0]).toBeCloseTo(whole.bias[0]!, 4);
    const apart = solve(take(new Scatter(layoutOf([1], [0], [2])), ...changes), ['a']);
    expect([whole.weights[1]! < -0.1, apart.weights[1]]).toEqual([true, 0]);
  });

  it('shrinks the covariance less the more rows there are', () => {
    const random = seededRandom(4);
    const draw = (mean: number) => {
      const common = normal(random);
      return [mean + common, common + 0.1 * normal(random)];
    };
    const solved = (count: number) => {
      const rows = (mean: number) => Array.from({ length: count }, () => draw(mean)).flat();
      return solve(
        take(new Scatter(layoutOf([0, 1])), rowsOf('a', ...rows(3)), rowsOf(null, ...rows(0))),
        ['a'],
        0.5,
      );
    };
    const [few, many] = [solved(4), solved(2000)].map(({ weights }) => -weights[1]! / weights[0]!);
    // Without shrinkage the second feature cancels the noise of the first: close to 1.
    expect(few).toBeLessThan(0.9);
    expect(many).toBeGreaterThan(0.95);
  });

  it('puts weights at the row indices of the layout, and zeros elsewhere', () => {
    const layout: ScatterLayout = {
      rowLength: 4,
      landmarks: new Uint16Array(0),
      blocks: [Uint16Array.of(3), Uint16Array.of(0)],
      half: false,
    };
    const scatter = take(
      new Scatter(layout),
      rowsOf('a', 2, 9, -9, 0, 4, -3, 7, 0.5),
      rowsOf(null, -1, 5, 5, 0, 1, 5, 6, 0.5),
    );
    const { weights, length } = solve(scatter, ['a']);
    expect(length).toBe(4);
    expect([weights[1], weights[2]]).toEqual([0, 0]);
    expect(weights[0]).toBeGreaterThan(0);
    // The means do not differ there.
    expect(weights[3]).toBeCloseTo(0, 6);
  });

  it('never predicts a class without rows, and does not change the others', () => {
    const scatter = take(
      new Scatter(layoutOf([0, 1])),
      rowsOf('a', 5, 3, 3, 1, 4, 3, 4, 1),
      rowsOf(null, 1, 1, -1, 1),
    );
    const alone = solve(scatter, ['a']);
    const layer = solve(scatter, ['nobody', 'a']);
    expect([...layer.weights.subarray(0, 2)]).toEqual([0, 0]);
    expect(1 / (1 + Math.exp(-layer.bias[0]!))).toBeLessThan(1e-6);
    expect(layer.bias[1]).toBe(alone.bias[0]);
    expect(layer.weights.subarray(2)).toEqual(alone.weights);
    expect(solve(new Scatter(layoutOf([0, 1])), ['a']).weights).toEqual(new Float32Array(2));
    expect(solve(scatter, []).weights).toHaveLength(0);
  });

  // Classes are solved in blocks of 32: within one, with part of a second, with part of a third.
  it.each([21, 37, 70])('solves %d classes together as it solves each alone', (count) => {
    const random = seededRandom(8);
    const names = Array.from({ length: count }, (_, i) => `c${i}`);
    const draw = () => Array.from({ length: 10 }, () => random());
    const changes = names.map((name) => rowsOf(name, ...draw(), ...draw()));
    const layout = layoutOf([0, 2, 4, 6, 8], [1, 3, 5, 7, 9]);
    const scatter = take(new Scatter(layout), ...changes, rowsOf(null, ...draw()));
    const together = solve(scatter, names, 0.03);
    let temperatures = 0;
    for (const [i, name] of names.entries()) {
      const alone = solve(scatter, [name], 0.03);
      const row = together.weights.subarray(10 * i, 10 * i + 10);
      // `together` has one temperature for all classes, `alone` its own.
      const scale = alone.weights[0]! / row[0]!;
      row.forEach((value, k) => expect(value * scale).toBeCloseTo(alone.weights[k]!, 3));
      const bias = (together.bias[i]! + handicap) * scale - handicap;
      expect(bias).toBeCloseTo(alone.bias[0]!, 3);
      temperatures += 1 / scale;
    }
    // The common one is the mean of all.
    expect(temperatures / count).toBeCloseTo(1, 3);
  });

  it.each([1, 2, 3, 20])('is finite and right for a class of one row, given %d times', (times) => {
    for (const shrinkage of [1e-4, 0.03]) {
      for (const half of [false, true]) {
        let scatter = new Scatter({ ...layoutOf([0, 1, 2]), half });
        for (let i = 0; i < times; i++) scatter = take(scatter, rowsOf('a', 0.3, 1.7, 0));
        const layer = solve(scatter, ['a'], shrinkage);
        expect(layer.weights.every(Number.isFinite)).toBe(true);
        expect(logits(layer, [0.3, 1.7, 0])[0]).toBeCloseTo(4 - handicap, 3);
        expect(logits(layer, [0, 0, 0])[0]).toBeCloseTo(-4 - handicap, 3);
      }
    }
  });

  it('is still solvable if rounding errors of removed rows outweigh the remaining rows', () => {
    const random = seededRandom(5);
    const draw = (count: number, scale: number) =>
      Array.from({ length: count * 12 }, () => scale * random());
    const gone = Array.from({ length: 6 }, (_, i) => rowsOf(`gone${i}`, ...draw(9, 300)));
    const layout = layoutOf(Array.from({ length: 12 }, (_, i) => i));
    for (const half of [false, true]) {
      let scatter = take(new Scatter({ ...layout, half }), rowsOf('b', ...draw(1, 1)));
      for (const change of gone) scatter = take(scatter, change);
      for (const change of gone) scatter = take(scatter, { ...change, weight: -1 });
      const layer = solve(scatter, ['b'], 1e-4);
      expect(layer.weights.every(Number.isFinite)).toBe(true);
      expect(logits(layer, [...scatter.classes.get('b')!.sums])[0]).toBeCloseTo(4 - handicap, 2);
    }
  });
});
