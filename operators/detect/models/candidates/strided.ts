/**
 * A table inside a tensor: the value of row r and column c is at offset + r × row + c × column.
 * Detectors lay rows out one after another, or columns.
 */
export interface Strided {
  readonly values: Float32Array;
  readonly offset: number;
  readonly row: number;
  readonly column: number;
}

/** A table of rows of `width` values, from a column on. */
export function rowsOf(values: Float32Array, width: number, from = 0): Strided {
  return { values, offset: from, row: width, column: 1 };
}

/** A table of columns of `count` values, from a column on. */
export function columnsOf(values: Float32Array, count: number, from = 0): Strided {
  return { values, offset: from * count, row: 1, column: count };
}
