import { describe, expect, it } from 'vitest';
import { oracleShrinkage } from '../../../../operators/learn/statistics/oracle-shrinkage.ts';

const share = (covariance: number[], rows: number) =>
  oracleShrinkage([{ above: 0, covariance: Float64Array.from(covariance) }], rows);

describe('oracleShrinkage', () => {
  it('equals the formula of the paper, for correlations', () => {
    // Two features, correlation 0.5: Σρ² = 2.5, so (0 · 2.5 + 4) / ((10 + 1 − 1) · 0.5).
    expect(share([4, 3, 9], 10)).toBeCloseTo(0.8, 12);
    expect(share([1, 0.5, 1], 100)).toBeCloseTo(0.08, 12);
  });

  it('is at least a thousandth', () => {
    expect(share([1, 0.5, 1], 1e6)).toBe(1e-3);
  });

  it('is 1 without correlation or without rows', () => {
    expect(share([1, 0, 2], 1000)).toBe(1);
    expect(share([1, 0.5, 1], 1)).toBe(1);
    expect(share([], 0)).toBe(1);
    expect(share([0, 0, 0], 10)).toBe(1);
  });

  it('ignores constant features', () => {
    expect(share([4, 0, 0, 3, 0, 9], 10)).toBeCloseTo(0.8, 12);
  });

  it('counts entries that no part holds as uncorrelated', () => {
    const parts = [
      { above: 0, covariance: Float64Array.of(1) },
      { above: 1, covariance: Float64Array.of(0.5, 1) },
      { above: 1, covariance: Float64Array.of(0.1, 1) },
    ];
    const whole = [1, 0.5, 1, 0.1, 0, 1];
    expect(oracleShrinkage(parts, 50)).toBeCloseTo(share(whole, 50), 12);
  });
});
