import { stride } from './engine.ts';

/**
 * Throws a RangeError unless `bytes` holds `count` RGB pictures of `side` × `side` and `side` is a
 * multiple of 32.
 */
export function checkView(bytes: Uint8Array, side: number, count: number): void {
  if (side < 32 || side % 32 !== 0)
    throw new RangeError(`a view's side must be a multiple of 32, not ${String(side)}`);
  checkBytes(bytes, count * side * side * 3);
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
  side: number,
): Float32Array {
  const boxes = new Float32Array(cells.length * 4);
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]!;
    const x = (cell % side) * stride;
    const y = Math.floor(cell / side) * stride;
    boxes[4 * i] = x - extents[4 * i]!;
    boxes[4 * i + 1] = y - extents[4 * i + 1]!;
    boxes[4 * i + 2] = x + extents[4 * i + 2]!;
    boxes[4 * i + 3] = y + extents[4 * i + 3]!;
  }
  return boxes;
}

/**
 * Finds the cells that are 3×3 local maxima of a `side` × `side` map or of `base`: at most
 * `maxPeaks`, strongest first by the map. Equal neighbours are all peaks, lower index first.
 */
export function pickPeaks(
  map: Float32Array,
  side: number,
  maxPeaks: number,
  base: Float32Array = map,
): Int32Array {
  const found: number[] = [];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const cell = row * side + column;
      if (!(map[cell]! > 0)) continue;
      const own = isPeak(map, side, row, column);
      if (own || (base !== map && base[cell]! > 0 && isPeak(base, side, row, column))) {
        found.push(cell);
      }
    }
  }
  found.sort((a, b) => map[b]! - map[a]! || a - b);
  return Int32Array.from(found.slice(0, maxPeaks));
}

function isPeak(map: Float32Array, side: number, row: number, column: number): boolean {
  const value = map[row * side + column]!;
  const right = Math.min(side - 1, column + 1);
  const below = Math.min(side - 1, row + 1);
  for (let y = Math.max(0, row - 1); y <= below; y++) {
    for (let x = Math.max(0, column - 1); x <= right; x++) {
      if (map[y * side + x]! > value) return false;
    }
  }
  return true;
}
