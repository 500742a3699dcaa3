import { packedLength } from './cholesky.ts';

/** Right-hand sides solved together, so that a loaded value is used in several products. */
export const sidesAtOnce = 4;

/** Rows of L that are solved before those below: their values stay in the L1 cache. */
const panel = 64;

/**
 * Rows of a Cholesky factor L, packed. Their upper rows may be stored elsewhere; the first row
 * still starts at column 0.
 */
export interface FactorRows {
  readonly values: Float64Array;
  /** Index of the first row. */
  readonly first: number;
  /** Rows of L as a whole: these are `first` up to, not including, `size`. */
  readonly size: number;
}

/**
 * Solves L·y = b for the given rows of L, in place. Each of `sides` holds four right-hand sides:
 * size × 4 values, those of a row one after another; rows above `first` are solved already.
 *
 * A panel of rows after another, for all sides, so that it stays in the cache; in it, four columns
 * at a time: 16 products per four values of the sides that are loaded and stored.
 */
export function solveLower(rows: FactorRows, sides: readonly Float64Array[]): void {
  const { first, size } = rows;
  for (let start = first; start < size; start += panel) {
    const end = Math.min(start + panel, size);
    for (const four of sides) solveLowerPanel(rows, four, start, end);
  }
}

/**
 * Solves Lᵀ·x = y for the given rows of L, in place, and subtracts their part from the rows above,
 * which are then still to be solved. `sides` as for {@link solveLower}.
 */
export function solveUpper(rows: FactorRows, sides: readonly Float64Array[]): void {
  const { first, size } = rows;
  for (let end = size; end > first; end -= panel) {
    const start = Math.max(first, end - panel);
    for (const four of sides) solveUpperPanel(rows, four, start, end);
  }
}

function solveLowerPanel(rows: FactorRows, sides: Float64Array, start: number, end: number): void {
  const { values, first } = rows;
  for (let column = 0; column < end; column += 4) {
    const next = Math.min(column + 4, end);
    for (let row = Math.max(column, start); row < next; row++) {
      const at = packedLength(row) - packedLength(first);
      for (let k = column; k < row; k++) subtract(sides, row, values[at + k]!, k);
      divide(sides, row, values[at + row]!);
    }
    const below = Math.max(next, start);
    if (below < end) subtractColumns(rows, sides, column, below, end);
  }
}

function solveUpperPanel(rows: FactorRows, sides: Float64Array, start: number, end: number): void {
  const { values, first } = rows;
  for (let last = end; last > start;) {
    const together = last - start >= 4 ? 4 : 1;
    const top = last - together;
    for (let row = last - 1; row >= top; row--) {
      const at = packedLength(row) - packedLength(first);
      divide(sides, row, values[at + row]!);
      // With one row alone, all above it.
      for (let k = together === 4 ? top : 0; k < row; k++) subtract(sides, k, values[at + k]!, row);
    }
    if (together === 4) subtractRows(rows, sides, top);
    last = top;
  }
}

/** Divides one row of the sides. */
function divide(sides: Float64Array, row: number, pivot: number): void {
  for (let i = 4 * row; i < 4 * row + 4; i++) sides[i] = sides[i]! / pivot;
}

/** Subtracts a multiple of row `other` of the sides from a row. */
function subtract(sides: Float64Array, row: number, factor: number, other: number): void {
  for (let side = 0; side < 4; side++) {
    sides[4 * row + side] = sides[4 * row + side]! - factor * sides[4 * other + side]!;
  }
}

/** Subtracts four solved rows from rows `from`..`to`: L·y, by columns of L from `column` on. */
function subtractColumns(
  { values, first }: FactorRows,
  sides: Float64Array,
  column: number,
  from: number,
  to: number,
): void {
  const x = 4 * column;
  const [a0, a1, a2, a3] = [sides[x]!, sides[x + 1]!, sides[x + 2]!, sides[x + 3]!];
  const [b0, b1, b2, b3] = [sides[x + 4]!, sides[x + 5]!, sides[x + 6]!, sides[x + 7]!];
  const [c0, c1, c2, c3] = [sides[x + 8]!, sides[x + 9]!, sides[x + 10]!, sides[x + 11]!];
  const [d0, d1, d2, d3] = [sides[x + 12]!, sides[x + 13]!, sides[x + 14]!, sides[x + 15]!];
  let at = packedLength(from) - packedLength(first) + column;
  for (let row = from; row < to; row++) {
    const a = values[at]!;
    const b = values[at + 1]!;
    const c = values[at + 2]!;
    const d = values[at + 3]!;
    const i = 4 * row;
    sides[i] = sides[i]! - (a * a0 + b * b0 + (c * c0 + d * d0));
    sides[i + 1] = sides[i + 1]! - (a * a1 + b * b1 + (c * c1 + d * d1));
    sides[i + 2] = sides[i + 2]! - (a * a2 + b * b2 + (c * c2 + d * d2));
    sides[i + 3] = sides[i + 3]! - (a * a3 + b * b3 + (c * c3 + d * d3));
    // Each row of L is longer by one value than the one above.
    at += row + 1;
  }
}

/** Subtracts four solved rows from all above them: Lᵀ·x, by rows of L from `row` on. */
function subtractRows({ values, first }: FactorRows, sides: Float64Array, row: number): void {
  const x = 4 * row;
  const [a0, a1, a2, a3] = [sides[x]!, sides[x + 1]!, sides[x + 2]!, sides[x + 3]!];
  const [b0, b1, b2, b3] = [sides[x + 4]!, sides[x + 5]!, sides[x + 6]!, sides[x + 7]!];
  const [c0, c1, c2, c3] = [sides[x + 8]!, sides[x + 9]!, sides[x + 10]!, sides[x + 11]!];
  const [d0, d1, d2, d3] = [sides[x + 12]!, sides[x + 13]!, sides[x + 14]!, sides[x + 15]!];
  const rowA = packedLength(row) - packedLength(first);
  const rowB = rowA + row + 1;
  const rowC = rowB + row + 2;
  const rowD = rowC + row + 3;
  for (let k = 0; k < row; k++) {
    const a = values[rowA + k]!;
    const b = values[rowB + k]!;
    const c = values[rowC + k]!;
    const d = values[rowD + k]!;
    const i = 4 * k;
    sides[i] = sides[i]! - (a * a0 + b * b0 + (c * c0 + d * d0));
    sides[i + 1] = sides[i + 1]! - (a * a1 + b * b1 + (c * c1 + d * d1));
    sides[i + 2] = sides[i + 2]! - (a * a2 + b * b2 + (c * c2 + d * d2));
    sides[i + 3] = sides[i + 3]! - (a * a3 + b * b3 + (c * c3 + d * d3));
  }
}
