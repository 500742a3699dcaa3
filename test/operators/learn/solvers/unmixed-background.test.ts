import { describe, expect, it } from 'vitest';
import type { LinearLayer } from '../../../../operators/detect/heads/head.ts';
import { packFloat16 } from '../../../../operators/foundation/numbers/float16.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { claimsOn } from '../../../../operators/learn/solvers/unmixed-background.ts';
import type { ScatterRows } from '../../../../operators/learn/statistics/scatter-contents.ts';
import { Scatter } from '../../../../operators/learn/statistics/scatter.ts';
import {
  type Labelled,
  UnlabelledRows,
  valuesOf,
} from '../../../../operators/learn/statistics/unlabelled-rows.ts';

function finish<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const length = 5;
const namesOf = (count: number) => Array.from({ length: count }, (_, c) => `c${c}`);
const take = (changes: readonly ScatterRows[]) => {
  const blocks = [Uint16Array.from({ length }, (_, i) => i)];
  const layout = { rowLength: length, landmarks: new Uint16Array(0), blocks, half: false };
  return finish(new Scatter(layout).with(changes));
};
/** A row per set of labelled classes that it was added with, of values in -1..1. */
const sampleOf = (sets: readonly (readonly Labelled[])[], random: () => number, added: number) => {
  const rows = sets.map((labelled, i) => {
    const values = Float32Array.from({ length }, () => 2 * random() - 1);
    return { key: i / sets.length, values: packFloat16(values), labelled };
  });
  return new UnlabelledRows(length, rows, added);
};
/** Logits of a standard deviation of about 3: some rows are of a class, some of none. */
const layerOf = (classes: number, random: () => number, bias = 0): LinearLayer => ({
  weights: Float32Array.from({ length: classes * length }, () => 8 * (random() - 0.5)),
  bias: Float32Array.from({ length: classes }, () => bias + random() - 0.5),
  length,
});
/** A scatter of random rows: class `c` has c + 1 of them. */
const scatterOf = (names: readonly string[], background: number, random: () => number) => {
  const draw = (count: number) => Float32Array.from({ length: count * length }, random);
  const classes = names.map((label, c) => ({ label, rows: draw(c + 1), weight: 1 }));
  return take([...classes, { label: null, rows: draw(background), weight: 1 }]);
};

type Sums = Pick<Scatter, 'classes' | 'background'>;

/** The claims by their definition: row by row, class by class. Those of weight 0 are left out. */
function claimed(
  { rows, added }: UnlabelledRows,
  { weights, bias }: LinearLayer,
  { classes, background }: Sums,
  names: readonly string[],
): Map<string, number> {
  const [found, possible] = [new Map<string, number>(), new Map<string, number>()];
  let [all, foundRows, total] = [0, 0, 0];
  for (const row of rows) {
    const x = valuesOf(row);
    const times = row.labelled.length;
    all += times;
    const odds = new Map<string, number>();
    for (const [c, name] of names.entries()) {
      if (!classes.has(name) || row.labelled.some((set) => set.includes(name))) continue;
      possible.set(name, (possible.get(name) ?? 0) + times);
      odds.set(
        name,
        Math.exp(x.reduce((sum, v, i) => sum + v * weights[c * length + i]!, bias[c]!)),
      );
    }
    // Background has the odds 1.
    const sum = [...odds.values()].reduce((before, value) => before + value, 1);
    for (const [name, value] of odds) {
      if (!(value / sum > 0.5)) continue;
      found.set(name, (found.get(name) ?? 0) + times);
      total += times;
      foundRows++;
    }
  }
  if (total === 0) return new Map();
  const moved = Math.min(0.9, total / all) * Math.min(added, background.weight);
  const priors = new Map(
    [...possible].map(([name, times]) => [name, (classes.get(name)!.weight * times) / all]),
  );
  const priorTotal = [...priors.values()].reduce((sum, value) => sum + value, 0);
  return new Map(
    [...priors].map(([name, prior]) => {
      const own = ((found.get(name) ?? 0) / total) * foundRows + (20 * prior) / priorTotal;
      return [name, (moved * own) / (foundRows + 20)];
    }),
  );
}

/** Checks the claims against their definition; returns the weight that they move. */
function expectClaims(
  sample: UnlabelledRows,
  layer: LinearLayer,
  sums: Sums,
  names: readonly string[],
): number {
  const expected = claimed(sample, layer, sums, names);
  const claims = finish(claimsOn(sample, layer, sums, names));
  expect(claims.map(({ label }) => label)).toEqual(names.filter((name) => expected.has(name)));
  for (const { label, weight } of claims) expect(weight).toBeCloseTo(expected.get(label)!, 9);
  return claims.reduce((sum, { weight }) => sum + weight, 0);
}

/** Σ w·x·xᵀ over all rows of a scatter of one block: a packed triangle. */
function secondMoments(scatter: Scatter): Float64Array {
  const [, moments] = scatter.loaded();
  for (const { weight, sums } of [...scatter.classes.values(), scatter.background]) {
    let at = 0;
    for (let i = 0; i < length; i++) {
      for (let j = 0; j <= i; j++, at++) {
        moments![at] = moments![at]! + (sums[i]! * sums[j]!) / weight;
      }
    }
  }
  return moments!;
}

describe('the unlabelled objects of known classes in background', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('are those of a naive loop over %d rows', (count) => {
    let moved = 0;
    for (let seed = 1; seed <= 20; seed++) {
      for (const classes of [1, 2, 3, 4, 7]) {
        const random = seededRandom(100 * seed + classes);
        const names = namesOf(classes);
        // Of four rows in a group, each leaves other classes open; some were added several times.
        const labelled = () => names.filter(() => random() < 0.4);
        const sets = Array.from({ length: count }, () =>
          Array.from({ length: 1 + Math.floor(3 * random()) }, labelled),
        );
        const sample = sampleOf(sets, random, 10 + count);
        const scatter = scatterOf(names, 15, random);
        moved += expectClaims(sample, layerOf(classes, random), scatter, names);
      }
    }
    expect(moved > 0).toBe(count > 0);
  });

  it.each([1, 3, 5, 7])('are right where %d of eight classes are open in any row', (asked) => {
    const random = seededRandom(asked);
    const names = namesOf(8);
    // Other classes each time.
    for (const shift of [0, 1, 2]) {
      const open = new Set(names.filter((_, c) => (3 * c + shift) % 8 < asked));
      const closed = names.filter((name) => !open.has(name));
      // Each row closes one more, unless that would leave none.
      const sets = [...open, ...open].map((name) => [asked > 1 ? [...closed, name] : closed]);
      const sample = sampleOf(sets, random, 100);
      const layer = layerOf(8, random, 1);
      expect(expectClaims(sample, layer, scatterOf(names, 50, random), names)).toBeGreaterThan(0);
    }
  });

  it('differ between four equal rows, of which each is labelled with another class', () => {
    const names = namesOf(4);
    const random = seededRandom(2);
    const values = packFloat16(new Float32Array(length));
    const scatter = scatterOf(names, 40, random);
    // The greater the bias, the likelier the class, for every row.
    const layer = {
      weights: new Float32Array(4 * length),
      bias: Float32Array.of(9, 6, 3, 0),
      length,
    };
    for (const order of [names, names.toReversed(), ['c2', 'c0', 'c3', 'c1']]) {
      const rows = order.map((name, i) => ({ key: i / 4, values, labelled: [[name]] }));
      const sample = new UnlabelledRows(length, rows, 40);
      // All four rows are objects: three of the first class, and one of the second.
      expect(expectClaims(sample, layer, scatter, names)).toBeCloseTo(0.9 * 40, 9);
      const [first, second] = finish(claimsOn(sample, layer, scatter, names));
      // The classes' weights are 1 to 4, and each is open in three of four rows.
      expect(first!.weight).toBeCloseTo((36 * (3 + 20 * 0.1)) / 24, 9);
      expect(second!.weight).toBeCloseTo((36 * (1 + 20 * 0.2)) / 24, 9);
    }
  });

  it('are none of a class without rows, however likely', () => {
    const random = seededRandom(3);
    const names = namesOf(3);
    const layer = { ...layerOf(3, random), bias: Float32Array.of(1, 50, 1) };
    const sample = sampleOf(
      Array.from({ length: 9 }, () => [[]]),
      random,
      9,
    );
    const scatter = scatterOf(names, 9, random);
    expect(expectClaims(sample, layer, scatter, names)).toBeGreaterThan(0);
    const { background } = scatter;
    const classes = new Map([...scatter.classes].filter(([name]) => name !== 'c1'));
    expect(expectClaims(sample, layer, { classes, background }, names)).toBeGreaterThan(0);
    expect(expectClaims(sample, layer, { classes: new Map(), background }, names)).toBe(0);
  });

  it('are no more than nine tenths of the background and of the unlabelled rows', () => {
    const random = seededRandom(4);
    const names = namesOf(2);
    const layer = { ...layerOf(2, random), bias: Float32Array.of(30, 0) };
    const sets = Array.from({ length: 6 }, () => [[]]);
    const scatter = scatterOf(names, 30, random);
    for (const [added, most] of [
      [6, 6],
      [30, 30],
      [500, 30],
    ] as const) {
      const sample = sampleOf(sets, random, added);
      expect(expectClaims(sample, layer, scatter, names)).toBeCloseTo(0.9 * most, 9);
    }
  });

  it('are right for logits whose exponentials overflow', () => {
    const random = seededRandom(6);
    const names = namesOf(2);
    const scatter = scatterOf(names, 30, random);
    const sample = sampleOf(
      Array.from({ length: 6 }, () => [[]]),
      random,
      30,
    );
    const claimsAt = (...bias: number[]) => {
      const layer = {
        weights: new Float32Array(2 * length),
        bias: Float32Array.from(bias),
        length,
      };
      return finish(claimsOn(sample, layer, scatter, names)).map(({ weight }) => weight);
    };
    // The priors are 1/3 and 2/3.
    expect(claimsAt(1000, 998)[0]).toBeCloseTo((27 * (6 + 20 / 3)) / 26, 9);
    expect(claimsAt(998, 1000)[0]).toBeCloseTo((27 * (20 / 3)) / 26, 9);
    // Neither of two equal ones is the likelier one.
    expect([claimsAt(1000, 1000), claimsAt(-1000, -1000)]).toEqual([[], []]);
  });

  it('come with a pause after every ten million products, as if all classes were open', () => {
    const [rowLength, names] = [5000, namesOf(500)];
    const values = new Uint16Array(rowLength);
    const rows = Array.from({ length: 9 }, (_, i) => ({ key: i / 9, values, labelled: [[]] }));
    const layer = { weights: new Float32Array(0), bias: new Float32Array(500), length: rowLength };
    const steps = claimsOn(
      new UnlabelledRows(rowLength, rows, 9),
      layer,
      scatterOf([], 9, seededRandom(7)),
      names,
    );
    let pauses = 0;
    while (steps.next().done !== true) pauses++;
    // One for each group of four rows.
    expect(pauses).toBe(3);
  });

  it('move from background to the means of their classes, with all second moments unchanged', () => {
    const random = seededRandom(5);
    const names = namesOf(3);
    const scatter = scatterOf(names, 40, random);
    const sample = sampleOf(
      Array.from({ length: 9 }, () => [[]]),
      random,
      40,
    );
    const claims = finish(claimsOn(sample, layerOf(3, random, 1), scatter, names));
    const after = finish(scatter.claimed(claims));
    const sums = Float64Array.from(scatter.background.sums);
    let { weight } = scatter.background;
    expect(claims.map(({ label }) => label)).toEqual(names);
    for (const claim of claims) {
      const before = scatter.classes.get(claim.label)!;
      const grown = after.classes.get(claim.label)!;
      expect(grown.weight).toBeCloseTo(before.weight + claim.weight, 9);
      weight -= claim.weight;
      for (const [i, sum] of before.sums.entries()) {
        const mean = sum / before.weight;
        expect(grown.sums[i]! / grown.weight).toBeCloseTo(mean, 5);
        sums[i] = sums[i]! - claim.weight * mean;
      }
    }
    expect(after.background.weight).toBeCloseTo(weight, 9);
    after.background.sums.forEach((sum, i) => expect(sum).toBeCloseTo(sums[i]!, 4));
    const expected = secondMoments(scatter);
    secondMoments(after).forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 3));
  });
});
