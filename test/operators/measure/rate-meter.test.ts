import { describe, expect, it } from 'vitest';
import { RateMeter } from '../../../operators/measure/rate-meter.ts';

describe('RateMeter', () => {
  it('measures a steady rate from the first second on', () => {
    const meter = new RateMeter(5000, 20);
    for (let t = 0; t < 20_000; t += 40) {
      meter.add(t);
      if (t > 1000) expect(Math.abs(meter.rate(t) - 25)).toBeLessThan(1.5);
    }
  });

  it('drops events that have left the window', () => {
    const meter = new RateMeter(1000, 10);
    meter.add(0, 100);
    expect(meter.rate(500)).toBe(200);
    expect(meter.rate(1099)).toBeGreaterThan(0);
    expect(meter.rate(1100)).toBe(0);
    expect(meter.rate(1e9)).toBe(0);
  });

  it('follows a change of rate within one window', () => {
    const meter = new RateMeter(1000, 10);
    for (let t = 0; t < 3000; t += 10) meter.add(t);
    for (let t = 3000; t < 4200; t += 100) meter.add(t);
    expect(Math.abs(meter.rate(4200) - 10)).toBeLessThan(1.5);
  });

  it('accepts a clock that does not start at 0 and ignores its steps back', () => {
    const meter = new RateMeter(1000, 10);
    meter.add(1.7e12);
    meter.add(1.7e12 + 500);
    meter.add(1.7e12 + 400);
    expect(meter.rate(1.7e12 + 500)).toBe(6);
  });

  it('is 0 before any time has passed', () => {
    const meter = new RateMeter();
    meter.add(7);
    expect(meter.rate(7)).toBe(0);
  });

  it('throws for an invalid window or number of slices', () => {
    expect(() => new RateMeter(0)).toThrow(RangeError);
    expect(() => new RateMeter(1000, 1)).toThrow(RangeError);
  });
});
