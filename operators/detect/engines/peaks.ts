import { canvasOf, viewBytes, type ViewSize } from '../../ingest/frames/view-size.ts';
import { stride, type CellGrid } from './engine.ts';

/**
 * Throws a RangeError unless `bytes` holds `count` RGB pictures of this view and its sides are
 * multiples of 32.
 */
export function checkView(bytes: Uint8Array, viewSize: ViewSize, count: number): void {
  const { width, height } = canvasOf(viewSize);
  for (const side of [width, height]) {
    if (!(side >= 32) || side % 32 !== 0)
      throw new RangeError(`each side of a view must be a multiple of 32, not ${String(side)}`);
  }
  checkBytes(bytes, count * viewBytes(viewSize));
}

/** The cells of a view. */
export function cellsOf(viewSize: ViewSize): CellGrid {
  const { width, height } = canvasOf(viewSize);
  return { columns: width / stride, rows: height / stride };
}

/** Throws a RangeError unless there are as many bytes of RGB as expected. */
export function checkBytes(bytes: Uint8Array, expected: number): void {
  if (bytes.length !== expected) {
    throw new RangeError(`expected ${String(expected)} bytes of RGB, got ${String(bytes.length)}`);
  }
}

/**
 * Computes the boxes (left, top, right, bottom) of `cells` from their extents, four per cell.
 * Both are in view pixels; extents count from the cell's corner (4·column, 4·row).
 */
export function boxesFromExtents(
  extents: Float32Array,
  cells: Int32Array,
  { columns }: Pick<CellGrid, 'columns'>,
): Float32Array {
  const boxes = new Float32Array(cells.length * 4);
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]!;
    const x = (cell % columns) * stride;
    const y = Math.floor(cell / columns) * stride;
    boxes[4 * i] = x - extents[4 * i]!;
    boxes[4 * i + 1] = y - extents[4 * i + 1]!;
    boxes[4 * i + 2] = x + extents[4 * i + 2]!;
    boxes[4 * i + 3] = y + extents[4 * i + 3]!;
  }
  return boxes;
}

/**
 * Finds the cells that are 3×3 local maxima of a map of a grid or of `base`: at most `maxPeaks`,
 * strongest first by the map. Equal neighbours are all peaks, lower index first.
 */
export function pickPeaks(
  map: Float32Array,
  grid: CellGrid,
  maxPeaks: number,
  base: Float32Array = map,
): Int32Array {
  const { columns, rows } = grid;
  const found: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const cell = row * columns + column;
      if (!(map[cell]! > 0)) continue;
      const own = isPeak(map, grid, row, column);
      if (own || (base !== map && base[cell]! > 0 && isPeak(base, grid, row, column))) {
        found.push(cell);
      }
    }
  }
  found.sort((a, b) => map[b]! - map[a]! || a - b);
  return Int32Array.from(found.slice(0, maxPeaks));
}

function isPeak(map: Float32Array, grid: CellGrid, row: number, column: number): boolean {
  const { columns, rows } = grid;
  const value = map[row * columns + column]!;
  const right = Math.min(columns - 1, column + 1);
  const below = Math.min(rows - 1, row + 1);
  for (let y = Math.max(0, row - 1); y <= below; y++) {
    for (let x = Math.max(0, column - 1); x <= right; x++) {
      if (map[y * columns + x]! > value) return false;
    }
  }
  return true;
}
