import { describe, expect, it } from 'vitest';
import {
  LogHistogram,
  quantileError,
} from '../../../../operators/foundation/numbers/log-histogram.ts';

describe('LogHistogram', () => {
  it('keeps every quantile within its stated error', () => {
    const histogram = new LogHistogram();
    const values = Array.from({ length: 5000 }, (_, i) => 0.5 * 1.002 ** i);
    for (const value of [...values].reverse()) histogram.add(value);
    for (const q of [0.01, 0.25, 0.5, 0.9, 0.99, 1]) {
      const exact = values[Math.max(1, Math.ceil(q * values.length)) - 1]!;
      expect(Math.abs(histogram.quantile(q) / exact - 1)).toBeLessThanOrEqual(quantileError + 1e-9);
    }
    expect(quantileError).toBeLessThan(0.02);
    expect(histogram.max).toBe(values.at(-1));
  });

  it('separates the p99 from the bulk', () => {
    const histogram = new LogHistogram();
    for (let i = 0; i < 980; i++) histogram.add(10);
    for (let i = 0; i < 20; i++) histogram.add(200);
    expect(histogram.quantile(0.5)).toBeCloseTo(10, 0);
    expect(histogram.quantile(0.98)).toBeCloseTo(10, 0);
    expect(histogram.quantile(0.99)).toBeGreaterThan(190);
  });

  it('is 0 without values, and again after clear', () => {
    const histogram = new LogHistogram();
    expect(histogram.quantile(0.5)).toBe(0);
    histogram.add(5);
    histogram.clear();
    expect([histogram.quantile(0.99), histogram.count, histogram.max]).toEqual([0, 0, 0]);
  });

  it('counts values beyond its range in the outer bins', () => {
    const histogram = new LogHistogram();
    histogram.add(0);
    expect(histogram.quantile(0.5)).toBe(0);
    histogram.add(1e9);
    expect(histogram.max).toBe(1e9);
    expect(histogram.quantile(1)).toBeGreaterThan(500_000);
  });

  it('merges as if all values were added to one', () => {
    const [one, other, all] = [new LogHistogram(), new LogHistogram(), new LogHistogram()];
    for (let i = 1; i <= 100; i++) {
      (i % 3 === 0 ? one : other).add(i);
      all.add(i);
    }
    one.merge(other);
    expect(one.count).toBe(100);
    for (const q of [0.1, 0.5, 0.99]) expect(one.quantile(q)).toBe(all.quantile(q));
  });

  it('rejects values that are no duration', () => {
    expect(() => new LogHistogram().add(-1)).toThrow(RangeError);
    expect(() => new LogHistogram().add(Number.NaN)).toThrow(RangeError);
    expect(() => new LogHistogram().quantile(1.1)).toThrow(RangeError);
  });
});
