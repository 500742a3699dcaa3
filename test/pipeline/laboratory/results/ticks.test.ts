import { expect, test } from 'vitest';
import { linearTicks, logTicks } from '../../../../pipeline/laboratory/results/ticks.ts';

test('linear ticks are round numbers that cover the range', () => {
  expect(linearTicks(0, 0.53)).toEqual({
    from: 0,
    to: 0.6,
    values: [0, 0.2, 0.4, 0.6],
  });
  expect(linearTicks(1, 31).values).toEqual([0, 10, 20, 30, 40]);
  expect(linearTicks(-3, 4).values).toEqual([-4, -2, 0, 2, 4]);
});

test('an empty range is widened', () => {
  expect(linearTicks(0, 0)).toMatchObject({ from: 0, to: 1 });
  const { from, to } = linearTicks(5, 5);
  expect(from).toBeLessThan(5);
  expect(to).toBeGreaterThan(5);
});

test('logarithmic ticks are powers of ten, and denser for short ranges', () => {
  expect(logTicks(2e3, 3e6)).toEqual({
    from: 1e3,
    to: 1e7,
    values: [1e3, 1e4, 1e5, 1e6, 1e7],
  });
  expect(logTicks(30, 400).values).toEqual([20, 50, 100, 200, 500]);
  expect(logTicks(100, 100)).toMatchObject({ from: 100, to: 200 });
});

test('invalid ranges are rejected', () => {
  expect(() => linearTicks(1, 0)).toThrow(RangeError);
  expect(() => linearTicks(0, NaN)).toThrow(RangeError);
  expect(() => logTicks(0, 10)).toThrow(/above 0/);
});
