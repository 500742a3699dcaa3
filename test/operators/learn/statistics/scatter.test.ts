import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import {
  type ScatterRows,
  scatterBytes,
} from '../../../../operators/learn/statistics/scatter-contents.ts';
import {
  placesOf,
  type ScatterLayout,
} from '../../../../operators/learn/statistics/scatter-layout.ts';
import { Scatter } from '../../../../operators/learn/statistics/scatter.ts';

const rowLength = 6;
const none = new Uint16Array(0);
const whole: ScatterLayout = {
  rowLength,
  landmarks: none,
  blocks: [Uint16Array.of(0, 1, 2, 3, 4, 5)],
  half: false,
};
/** Leaves feature 1 out. */
const split: ScatterLayout = {
  rowLength,
  landmarks: none,
  blocks: [Uint16Array.of(0, 4, 2), Uint16Array.of(5, 3)],
  half: false,
};
/** Leaves feature 2 out. */
const marked: ScatterLayout = {
  rowLength,
  landmarks: Uint16Array.of(4, 1),
  blocks: [Uint16Array.of(0, 3), Uint16Array.of(5)],
  half: false,
};
/** A subset of `marked`. */
const fewer: ScatterLayout = {
  rowLength,
  landmarks: Uint16Array.of(4),
  blocks: [Uint16Array.of(3), Uint16Array.of(5)],
  half: false,
};

function apply(scatter: Scatter, changes: readonly ScatterRows[]): Scatter {
  const steps = scatter.with(changes);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function rowsOf(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count * rowLength }, () => 4 * random() - 1);
}

const changes: readonly ScatterRows[] = [
  { label: 'a', rows: rowsOf(3, 1), weight: 1 },
  { label: 'b', rows: rowsOf(1, 2), weight: 1 },
  { label: null, rows: rowsOf(5, 3), weight: 8 },
  { label: 'a', rows: rowsOf(4, 4), targets: Float32Array.of(1, 0.5, 0.25, 0), weight: 1 },
  { label: 'c', rows: rowsOf(2, 5), weight: 2, orbit: 3 },
  { label: null, rows: rowsOf(2, 6), weight: 1, orbit: 1 },
];

/**
 * Reference implementation: lists the rows of every group and sums their scatter about its mean.
 */
function bruteForce(list: readonly ScatterRows[]): {
  readonly within: (a: number, b: number) => number;
  readonly mean: (label: string | null) => number[];
} {
  const members: { label: string | null; row: number[]; weight: number }[] = [];
  const orbits: { row: number[]; weight: number }[] = [];
  for (const { label, rows, targets, weight, orbit = 0 } of list) {
    const all = Array.from({ length: rows.length / rowLength }, (_, i) => [
      ...rows.subarray(i * rowLength, (i + 1) * rowLength),
    ]);
    all.forEach((row, i) => {
      const target = targets?.[i] ?? 1;
      members.push({ label, row, weight: weight * target });
      if (label !== null) members.push({ label: null, row, weight: weight * (1 - target) });
      const own = row.map((x, k) => x - all.reduce((s, r) => s + r[k]!, 0) / all.length);
      orbits.push({ row: own, weight: weight * orbit });
    });
  }
  const mean = (label: string | null) => {
    const rows = members.filter((member) => member.label === label);
    const total = rows.reduce((sum, { weight }) => sum + weight, 0);
    return Array.from(
      { length: rowLength },
      (_, k) => rows.reduce((sum, { row, weight }) => sum + weight * row[k]!, 0) / total,
    );
  };
  const means = new Map(
    [...new Set(members.map(({ label }) => label))].map((label) => [label, mean(label)]),
  );
  const within = (a: number, b: number) => {
    const off = (row: number[], label: string | null, k: number) => row[k]! - means.get(label)![k]!;
    const groups = members.reduce(
      (sum, { row, label, weight }) => sum + weight * off(row, label, a) * off(row, label, b),
      0,
    );
    return groups + orbits.reduce((sum, { row, weight }) => sum + weight * row[a]! * row[b]!, 0);
  };
  return { within, mean };
}

function expectEqual(a: Scatter, b: Scatter, digits: number): void {
  expect([...a.classes.keys()].sort()).toEqual([...b.classes.keys()].sort());
  const other = b.loaded();
  for (const [i, values] of a.loaded().entries()) {
    values.forEach((value, k) => expect(value).toBeCloseTo(other[i]![k]!, digits));
  }
  expect(a.background.weight).toBeCloseTo(b.background.weight, digits);
  a.background.sums.forEach((sum, i) => expect(sum).toBeCloseTo(b.background.sums[i]!, digits));
  for (const [label, own] of a.classes) {
    const other = b.classes.get(label)!;
    expect([own.count, own.weight]).toEqual([other.count, expect.closeTo(other.weight, digits)]);
    own.sums.forEach((sum, i) => expect(sum).toBeCloseTo(other.sums[i]!, digits));
  }
}

/** Expects differences below a share of the largest value. */
function expectNear(a: Scatter, b: Scatter, share: number): void {
  const [values, exact] = [a, b].map((scatter) => scatter.loaded().flatMap((own) => [...own]));
  const most = Math.max(...exact!);
  values!.forEach((value, k) => expect(Math.abs(value - exact![k]!) / most).toBeLessThan(share));
}

describe('Scatter', () => {
  it.each([
    ['one block', whole],
    ['two blocks and a feature left out', split],
    ['blocks below landmarks', marked],
  ])('is the scatter about the means of classes and background, with %s', (_, layout) => {
    const scatter = apply(new Scatter(layout), changes);
    const { within, mean } = bruteForce(changes);
    const loaded = scatter.loaded();
    for (const [i, own] of [layout.landmarks, ...layout.blocks].entries()) {
      const above = i === 0 ? 0 : layout.landmarks.length;
      const places = [...layout.landmarks.subarray(0, above), ...own];
      const values = places
        .slice(above)
        .flatMap((a, row) => places.slice(0, above + row + 1).map((b) => within(a, b)));
      expect(loaded[i]).toHaveLength(values.length);
      values.forEach((value, k) => expect(loaded[i]![k]).toBeCloseTo(value, 3));
    }
    const order = placesOf(layout);
    for (const label of ['a', 'b', 'c', null]) {
      const group = label === null ? scatter.background : scatter.classes.get(label)!;
      const expected = mean(label);
      order.forEach((place, k) =>
        expect(group.sums[k]! / group.weight).toBeCloseTo(expected[place]!, 4),
      );
    }
    expect(scatter.weight).toBeCloseTo(3 + 1 + 40 + 4 + 4 + 2, 4);
    expect(scatter.classes.get('a')!.count).toBe(2);
  });

  it('does not depend on order, nor on how rows are grouped into changes', () => {
    const random = seededRandom(9);
    const expected = apply(new Scatter(marked), changes);
    for (let round = 0; round < 20; round++) {
      const order = changes
        .map((change) => ({ change, key: random() }))
        .sort((a, b) => a.key - b.key)
        .map(({ change }) => change);
      let scatter = new Scatter(marked);
      for (let first = 0; first < order.length;) {
        const next = first + 1 + Math.floor(random() * 3);
        scatter = apply(scatter, order.slice(first, next));
        first = next;
      }
      expectEqual(scatter, expected, 3);
    }
  });

  it('after a removal equals a scatter without the removed rows', () => {
    const kept = changes.filter((_, i) => i % 2 === 0);
    const undone = changes.filter((_, i) => i % 2 === 1);
    let scatter = apply(new Scatter(whole), changes);
    scatter = apply(
      scatter,
      undone.map((change) => ({ ...change, weight: -change.weight })),
    );
    expectEqual(scatter, apply(new Scatter(whole), kept), 3);
    expect(scatter.classes.has('b')).toBe(false);
  });

  it('is empty to the bit once all rows are removed', () => {
    const all = apply(new Scatter(whole), changes);
    const none = apply(
      all,
      changes.map((change) => ({ ...change, weight: -change.weight })),
    );
    expect(none.classes.size).toBe(0);
    expect(
      none
        .loaded()
        .flatMap((values) => [...values])
        .every((value) => value === 0),
    ).toBe(true);
    expect(none.background.sums.every((value) => value === 0)).toBe(true);
  });

  it('has an empty background once its last row is removed, while classes stay', () => {
    const soft = changes[3]!;
    let scatter = apply(new Scatter(whole), [changes[1]!]);
    // In separate changes, so that each is rounded.
    for (const weight of [0.1, 0.2, -0.1, -0.2]) scatter = apply(scatter, [{ ...soft, weight }]);
    expect([...scatter.classes.keys()]).toEqual(['b']);
    expect(scatter.background).toEqual({ count: 0, weight: 0, sums: new Float32Array(6) });
  });

  it('is not modified by a change', () => {
    const before = apply(new Scatter(whole), changes.slice(0, 2));
    const values = before.loaded();
    apply(before, changes.slice(2));
    expect(before.loaded()).toEqual(values);
    expect([...before.classes.keys()]).toEqual(['a', 'b']);
  });

  it('refuses to remove more examples of a class than there are', () => {
    const scatter = apply(new Scatter(whole), changes.slice(0, 1));
    const twice = { ...changes[0]!, weight: -1 };
    expect(() => apply(scatter, [twice, twice])).toThrow('No example of class a is left');
  });

  it.each([
    ['one block to two', whole, split],
    ['one block to landmarks', whole, marked],
    ['landmarks to fewer', marked, fewer],
  ])('reduced from %s equals a scatter with that layout from the start', (_, from, to) => {
    const reduced = apply(new Scatter(from), changes).reduced(to);
    expectEqual(reduced, apply(new Scatter(to), changes), 3);
    const more = { label: 'd', rows: rowsOf(3, 11), weight: 1 };
    expectEqual(apply(reduced, [more]), apply(new Scatter(to), [...changes, more]), 3);
  });

  it.each([
    ['blocks', split],
    ['landmarks', marked],
  ])('in two bytes per value differs by little more than rounding: %s', (_, layout) => {
    let scatter = new Scatter({ ...layout, half: true });
    for (const change of changes) scatter = apply(scatter, [change]);
    expectNear(scatter, apply(new Scatter(layout), changes), 1e-3);
  });

  it('in two bytes per value does not drift when one example is added and removed repeatedly', () => {
    const kept = changes.slice(0, 3);
    let scatter = apply(new Scatter({ ...split, half: true }), kept);
    const example = { label: 'c', rows: rowsOf(2, 5), weight: 1 };
    for (let round = 0; round < 200; round++) {
      scatter = apply(apply(scatter, [example]), [{ ...example, weight: -1 }]);
    }
    expect(scatter.revision).toBe(401);
    expectNear(scatter, apply(new Scatter(split), kept), 0.01);
  });

  it('takes the predicted bytes for any number of rows', () => {
    const scatter = apply(new Scatter(split), changes);
    expect(scatter.bytes).toBe(4 * (6 + 3) + 4 * (3 + 1) * 5);
    expect(apply(scatter, changes).bytes).toBe(scatter.bytes);
    expect(scatterBytes({ ...split, half: true }, 3)).toBe(2 * (6 + 3) + 4 * 5 + 4 * 4 * 5);
    // 3 values of the landmarks, then 3 + 4 and 3 below them.
    expect(scatterBytes(marked, 3)).toBe(4 * (3 + 7 + 3) + 4 * 4 * 5);
    expect(scatterBytes({ ...marked, half: true }, 3)).toBe(2 * (3 + 7 + 3) + 4 * 5 + 4 * 4 * 5);
  });
});
