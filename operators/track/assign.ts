/**
 * Pairs rows with columns so that the sum of the pairs' gains is the largest possible.
 *
 * `gains` is rows × columns, row-major. A pair with a gain ≤ 0 is never made, and an unpaired row
 * or column costs nothing, so write 0 to exclude a pair. Returns the column of every row, -1 for
 * none.
 *
 * Shortest augmenting paths with potentials (Jonker and Volgenant, 1987): optimal,
 * O(n²m) for n the smaller side.
 *
 * @throws RangeError when `gains` is not rows × columns long.
 */
export function assign(gains: Float64Array, rows: number, columns: number): Int32Array {
  if (gains.length !== rows * columns) {
    throw new RangeError(
      `${String(gains.length)} gains are not ${String(rows)} × ${String(columns)}`,
    );
  }
  const result = new Int32Array(rows).fill(-1);
  // The solver iterates over the smaller side; a tall table is read transposed.
  const tall = rows > columns;
  const n = tall ? columns : rows;
  const m = tall ? rows : columns;
  const gainOf = tall
    ? (i: number, j: number) => gains[j * columns + i]!
    : (i: number, j: number) => gains[i * columns + j]!;
  const rowOfColumn = solve(gainOf, n, m);
  for (let j = 1; j <= m; j++) {
    const i = rowOfColumn[j]! - 1;
    if (i < 0 || gainOf(i, j - 1) <= 0) continue;
    if (tall) result[j - 1] = i;
    else result[i] = j - 1;
  }
  return result;
}

/** Returns the 1-based row of every 1-based column (0: none), n ≤ m; minimises Σ -max(gain, 0). */
function solve(gainOf: (i: number, j: number) => number, n: number, m: number): Int32Array {
  const rowPotential = new Float64Array(n + 1);
  const columnPotential = new Float64Array(m + 1);
  const rowOfColumn = new Int32Array(m + 1);
  const cameFrom = new Int32Array(m + 1);
  const reach = new Float64Array(m + 1);
  const done = new Uint8Array(m + 1);
  for (let start = 1; start <= n; start++) {
    rowOfColumn[0] = start;
    reach.fill(Infinity);
    done.fill(0);
    let column = 0;
    do {
      done[column] = 1;
      const row = rowOfColumn[column]!;
      let step = Infinity;
      let next = 0;
      for (let j = 1; j <= m; j++) {
        if (done[j] === 1) continue;
        const cost = -Math.max(0, gainOf(row - 1, j - 1));
        const reduced = cost - rowPotential[row]! - columnPotential[j]!;
        if (reduced < reach[j]!) {
          reach[j] = reduced;
          cameFrom[j] = column;
        }
        if (reach[j]! < step) {
          step = reach[j]!;
          next = j;
        }
      }
      for (let j = 0; j <= m; j++) {
        if (done[j] === 1) {
          const reached = rowOfColumn[j]!;
          rowPotential[reached] = rowPotential[reached]! + step;
          columnPotential[j] = columnPotential[j]! - step;
        } else reach[j] = reach[j]! - step;
      }
      column = next;
    } while (rowOfColumn[column] !== 0);
    // Reverses the alternating path: every column on it takes its predecessor's row.
    while (column !== 0) {
      const before = cameFrom[column]!;
      rowOfColumn[column] = rowOfColumn[before]!;
      column = before;
    }
  }
  return rowOfColumn;
}
