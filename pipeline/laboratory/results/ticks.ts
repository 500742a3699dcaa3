/** Scale of an axis. */
export type AxisScale = 'linear' | 'log';

/** Range of an axis, with the values that get a grid line and a number. */
export interface Ticks {
  readonly from: number;
  readonly to: number;
  /** Ascending, all within `from` and `to`. */
  readonly values: readonly number[];
}

const niceSteps = [1, 2, 2.5, 5, 10];

/**
 * Places about `count` linear ticks at round numbers that cover `min` to `max`. An empty range is
 * widened: by 1 at zero, by half the value elsewhere.
 */
export function linearTicks(min: number, max: number, count = 5): Ticks {
  assertFinite(min, max);
  if (min === max) {
    const half = min === 0 ? 1 : Math.abs(min) / 2;
    return linearTicks(min - (min === 0 ? 0 : half), max + half, count);
  }
  const rough = (max - min) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (niceSteps.find((nice) => nice * power >= rough * (1 - 1e-9)) ?? 10);
  const first = Math.floor(min / step + 1e-9);
  const last = Math.ceil(max / step - 1e-9);
  const values = Array.from({ length: last - first + 1 }, (_, i) => rounded((first + i) * step));
  return { from: values[0]!, to: values.at(-1)!, values };
}

/**
 * Places ticks at powers of ten that cover `min` to `max`, both above 0; also at 2 and 5 times
 * powers of ten for ranges shorter than two decades.
 */
export function logTicks(min: number, max: number): Ticks {
  assertFinite(min, max);
  if (!(min > 0)) throw new RangeError(`a logarithmic axis from ${min}, expected above 0`);
  const mantissas = Math.log10(max / min) < 2 ? [1, 2, 5] : [1];
  const candidates: number[] = [];
  for (let e = Math.floor(Math.log10(min)) - 1; e <= Math.ceil(Math.log10(max)) + 1; e++) {
    for (const mantissa of mantissas) candidates.push(rounded(mantissa * 10 ** e));
  }
  const from = candidates.findLast((value) => value <= min) ?? min;
  const above = candidates.find((value) => value >= max) ?? max;
  const to = above > from ? above : (candidates.find((value) => value > from) ?? above);
  return { from, to, values: candidates.filter((value) => value >= from && value <= to) };
}

function assertFinite(min: number, max: number): void {
  if (!Number.isFinite(min) || !Number.isFinite(max) || max < min) {
    throw new RangeError(`an axis from ${min} to ${max}`);
  }
}

/** Removes floating-point noise: 0.30000000000000004 becomes 0.3. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
