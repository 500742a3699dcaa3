import { gaussianKernel } from '../../detect/heads/gaussian-kernel.ts';

/** Rows of one matrix that go on from one update to the next. */
export interface KernelRows {
  /** rows × `length`. */
  readonly values: Float32Array;
  readonly length: number;
  /** What each row is of. Rows of the same object with the same number are the same. */
  readonly sources: readonly RowSource[];
}

/** Where a row comes from: the vectors that it is part of, and its number among their rows. */
export interface RowSource {
  readonly of: object;
  readonly at: number;
}

/** Kernel values computed between two pauses times the length of a row: some 10 ms. */
const productsPerPause = 1e7;

/** The Gaussian kernel of rows with some of them, the centres. */
export class KernelMatrix {
  readonly rows: KernelRows;
  /** Row numbers of the centres. */
  readonly centres: Int32Array;
  /** rows × centres. */
  readonly values: Float64Array;

  private constructor(rows: KernelRows, centres: Int32Array, values: Float64Array) {
    this.rows = rows;
    this.centres = centres;
    this.values = values;
  }

  /**
   * Computes the matrix. Values that `known` has, a matrix of the same gamma, are taken from there:
   * computed again they have the same bits. Yields every few milliseconds.
   */
  static *of(
    rows: KernelRows,
    centres: Int32Array,
    gamma: number,
    known: KernelMatrix | null,
  ): Generator<void, KernelMatrix> {
    const { sources } = rows;
    const values = new Float64Array(sources.length * centres.length);
    const before = known === null ? null : numbersOf(known);
    const columns = Array.from(centres, (row) => before?.column(sources[row]!) ?? -1);
    const missing = [...columns.keys()].filter((i) => columns[i]! < 0);
    const all = { centres: pickRows(rows, centres), gamma };
    const added = {
      centres: pickRows(
        rows,
        missing.map((i) => centres[i]!),
      ),
      gamma,
    };
    const fresh = new Float64Array(missing.length);
    let products = 0;
    for (const [row, source] of sources.entries()) {
      const x = rows.values.subarray(row * rows.length, (row + 1) * rows.length);
      const line = values.subarray(row * centres.length, (row + 1) * centres.length);
      const old = before?.row(source) ?? -1;
      if (known === null || old < 0) {
        gaussianKernel(all, x, rows.length, line);
        products += all.centres.length;
      } else {
        const from = old * known.centres.length;
        for (const [i, column] of columns.entries()) {
          if (column >= 0) line[i] = known.values[from + column]!;
        }
        gaussianKernel(added, x, rows.length, fresh);
        for (const [i, column] of missing.entries()) line[column] = fresh[i]!;
        products += added.centres.length + centres.length;
      }
      if (products < productsPerPause) continue;
      products = 0;
      yield;
    }
    return new KernelMatrix(rows, centres, values);
  }
}

/** The chosen rows of a matrix, one after the other. */
export function pickRows(
  { values, length }: Pick<KernelRows, 'values' | 'length'>,
  chosen: ArrayLike<number>,
): Float32Array {
  const picked = new Float32Array(chosen.length * length);
  for (let i = 0; i < chosen.length; i++) {
    picked.set(values.subarray(chosen[i]! * length, (chosen[i]! + 1) * length), i * length);
  }
  return picked;
}

/** Finds the row and the column of a source in a matrix; undefined if there is none. */
function numbersOf({ rows, centres }: KernelMatrix): {
  row: (source: RowSource) => number | undefined;
  column: (source: RowSource) => number | undefined;
} {
  const bySource = new Map<object, Map<number, number>>();
  for (const [row, { of, at }] of rows.sources.entries()) {
    const own = bySource.get(of) ?? new Map<number, number>();
    own.set(at, row);
    bySource.set(of, own);
  }
  const byRow = new Map(Array.from(centres, (row, column) => [row, column]));
  const find = ({ of, at }: RowSource) => bySource.get(of)?.get(at);
  return {
    row: find,
    column: (source) => {
      const row = find(source);
      return row === undefined ? undefined : byRow.get(row);
    },
  };
}
