import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import type { ScatterRows } from '../../../../operators/learn/statistics/scatter-contents.ts';
import type { ScatterLayout } from '../../../../operators/learn/statistics/scatter-layout.ts';
import { Scatter } from '../../../../operators/learn/statistics/scatter.ts';

const rowLength = 6;
const whole: ScatterLayout = {
  rowLength,
  landmarks: new Uint16Array(0),
  blocks: [Uint16Array.of(0, 1, 2, 3, 4, 5)],
  half: false,
};
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

function apply(
  scatter: Scatter,
  changes: readonly ScatterRows[],
  differences?: Float32Array,
): Scatter {
  const steps = scatter.with(changes, [], differences);
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
];

describe('Scatter', () => {
  it('counts differences within tracks as scatter alone, whatever labels say', () => {
    const rows = rowsOf(5, 21);
    const differences = Float32Array.from(rows, (value) => value / 3);
    const [plain, more] = [
      apply(new Scatter(whole), changes),
      apply(new Scatter(whole), changes, differences),
    ];
    expect(more.classes).toEqual(plain.classes);
    expect(more.background).toEqual(plain.background);
    expect(more.weight).toBeCloseTo(plain.weight + 5, 6);
    const gain = (scatter: Scatter, other: Scatter) => {
      const before = other.loaded()[1]!;
      return scatter.loaded()[1]!.map((value, i) => value - before[i]!);
    };
    const alone = apply(new Scatter(whole), [], differences);
    for (const [i, value] of gain(more, plain).entries()) {
      expect(value).toBeCloseTo(alone.loaded()[1]![i]!, 3);
    }
    // Other labels, the same differences: the scatter gains the same.
    const wrong = changes.map((change) => ({ ...change, label: change.label && 'b' }));
    const [plainWrong, moreWrong] = [
      apply(new Scatter(whole), wrong),
      apply(new Scatter(whole), wrong, differences),
    ];
    for (const [i, value] of gain(moreWrong, plainWrong).entries()) {
      expect(value).toBeCloseTo(alone.loaded()[1]![i]!, 3);
    }
  });

  it('keeps differences where all examples are removed, and in a layout that keeps less', () => {
    const differences = rowsOf(4, 22);
    const rows: ScatterRows = { label: 'a', rows: rowsOf(2, 23), weight: 1 };
    const added = apply(new Scatter(marked), [rows], differences);
    const removed = apply(added, [{ ...rows, weight: -1 }]);
    expect(removed.weight).toBeCloseTo(4, 6);
    const alone = apply(new Scatter(marked), [], differences);
    for (const [part, values] of removed.loaded().entries()) {
      for (const [i, value] of values.entries()) {
        expect(value).toBeCloseTo(alone.loaded()[part]![i]!, 3);
      }
    }
    expect(added.reduced(fewer).weight).toBeCloseTo(added.weight, 6);
  });
});
