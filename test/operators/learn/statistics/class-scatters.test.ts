import { describe, expect, it } from 'vitest';
import { runAtOnce } from '../../../../operators/foundation/threads/run-in-steps.ts';
import {
  ClassScatters,
  StoredScatters,
} from '../../../../operators/learn/statistics/class-scatters.ts';

const a = Float32Array.of(1, 2, 3, 5);
const b = Float32Array.of(-1, 0.5);
const nothing = Float32Array.of(4, 4, 2, 0);

const weighted = (rows: Float32Array) => ({
  rows,
  targets: new Float32Array(rows.length / 2).fill(1),
  weight: 1,
});
const close = (scatters: ClassScatters): StoredScatters => runAtOnce(scatters.close());
const empty = (): ClassScatters => new ClassScatters(new StoredScatters(2));

/** Second moments of every group about the origin. */
function momentsOf(stored: StoredScatters): Record<string, readonly number[]> {
  const groups = [...stored.names].map((name) => [
    String(name),
    [...stored.scatter(name)!.moments.values].map((value) => Number(value.toFixed(4))),
  ]);
  return Object.fromEntries(groups) as Record<string, readonly number[]>;
}

describe('ClassScatters', () => {
  it('keeps the second moments of each class and of background', () => {
    const scatters = empty();
    scatters.addExample('a', weighted(a), 1);
    scatters.addNegatives(nothing, 1);
    expect(scatters.hasClasses).toBe(true);
    expect(momentsOf(close(scatters))).toEqual({
      a: [10, 17, 29, 4, 7, 2],
      null: [20, 16, 16, 6, 4, 2],
    });
  });

  it('is the same whatever the order and the number of changes', () => {
    const once = empty();
    for (const rows of [a, b]) once.addExample('a', weighted(rows), 1);
    const first = empty();
    first.addExample('a', weighted(b), 1);
    const second = new ClassScatters(close(first));
    second.addExample('a', weighted(a), 1);
    expect(momentsOf(close(second))).toEqual(momentsOf(close(once)));
  });

  it('takes examples out again, and forgets a class without any', () => {
    const scatters = empty();
    for (const rows of [a, b]) scatters.addExample('a', weighted(rows), 1);
    scatters.addNegatives(nothing, 1);
    const next = new ClassScatters(close(scatters));
    next.addExample('a', weighted(b), -1);
    next.addNegatives(nothing, -1);
    const left = close(next);
    expect(momentsOf(left)).toEqual({ a: [10, 17, 29, 4, 7, 2] });
    const last = new ClassScatters(left);
    last.addExample('a', weighted(a), -1);
    expect(last.hasClasses).toBe(false);
    expect(close(last).bytes).toBe(0);
  });

  it('moves a class into another, to a new name, and out', () => {
    const scatters = empty();
    scatters.addExample('a', weighted(a), 1);
    scatters.addExample('b', weighted(b), 1);
    scatters.move({ from: 'a', to: 'c' });
    scatters.move({ from: 'b', to: 'c' });
    scatters.move({ from: 'unknown', to: 'c' });
    const joined = empty();
    for (const rows of [a, b]) joined.addExample('c', weighted(rows), 1);
    expect(momentsOf(close(scatters))).toEqual(momentsOf(close(joined)));
    expect(scatters.of('c')?.moments.rows).toBe(3);
    scatters.move({ from: 'c', to: null });
    expect(scatters.hasClasses).toBe(false);
  });

  it('leaves what was stored as it is, and keeps fewer features of it', () => {
    const scatters = empty();
    scatters.addExample('a', weighted(a), 1);
    const stored = close(scatters);
    const before = momentsOf(stored);
    const changed = new ClassScatters(stored);
    changed.addExample('a', weighted(b), 1);
    expect(momentsOf(stored)).toEqual(before);
    const narrow = new ClassScatters(stored).leading(1);
    expect(momentsOf(close(narrow))).toEqual({ a: [10, 4, 2] });
  });
});
