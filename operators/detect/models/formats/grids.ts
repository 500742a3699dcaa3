import type { GridLevel } from '../candidates/boxes.ts';

/** Strides of the grids of the YOLO families, the usual first. */
const strideSets = [
  [8, 16, 32],
  [8, 16, 32, 64],
  [16, 32],
  [4, 8, 16, 32],
] as const;

/** A detector's grid: its levels, finest first. */
export interface Grid {
  readonly levels: readonly GridLevel[];
  readonly cells: number;
  /** Rows per cell. */
  readonly anchors: number;
}

/** Finds the grid that has `rows` rows at this size, with one or three anchors a cell, or null. */
export function findGrid(
  rows: number,
  width: number,
  height: number,
  anchors: number,
): Grid | null {
  for (const strides of strideSets) {
    const levels: GridLevel[] = [];
    let first = 0;
    for (const stride of strides) {
      const columns = Math.ceil(width / stride);
      levels.push({ stride, columns, first });
      first += columns * Math.ceil(height / stride);
    }
    if (first * anchors === rows) return { levels, cells: first, anchors };
  }
  return null;
}

/** How the first two values of rows on a grid relate to the places of the rows' cells. */
export type GridUnits = 'view pixels' | 'shares of the view' | 'cells';

/**
 * Finds the units of box centres by looking at one picture: decoded centres move with their cells,
 * by a pixel a pixel or by their share of the view, and undecoded ones stay small wherever the cell
 * is. Null if neither is seen.
 *
 * @param centre The first (0) or second (1) value of a row.
 */
export function unitsOf(
  centre: (row: number, axis: 0 | 1) => number,
  grid: Grid,
  width: number,
  height: number,
): GridUnits | null {
  const across = followsCells((row) => centre(row, 0), grid, 0, width);
  const down = followsCells((row) => centre(row, 1), grid, 1, height);
  return across === down ? across : null;
}

/** One axis of {@link unitsOf}: a line is fitted through values over places of cells. */
function followsCells(
  value: (row: number) => number,
  { levels, cells }: Grid,
  axis: 0 | 1,
  side: number,
): GridUnits | null {
  let [x, y, xx, xy, yy, small, within] = [0, 0, 0, 0, 0, 0, 0];
  // With several anchors, the first of each level lies first.
  for (const [i, level] of levels.entries()) {
    const end = levels[i + 1]?.first ?? cells;
    for (let row = level.first; row < end; row++) {
      const cell = row - level.first;
      const index = axis === 0 ? cell % level.columns : Math.floor(cell / level.columns);
      const place = (index + 0.5) * level.stride;
      const found = value(row);
      x += place;
      y += found;
      xx += place * place;
      xy += place * found;
      yy += found * found;
      if (Math.abs(found) <= 16) small++;
      if (found > -0.25 && found < 1.25) within++;
    }
  }
  const spread = xx - (x * x) / cells;
  const shared = xy - (x * y) / cells;
  const scatter = yy - (y * y) / cells;
  const slope = shared / spread;
  const explained = scatter > 0 ? shared ** 2 / (spread * scatter) : 0;
  if (explained >= 0.5 && slope > 0.25 && slope < 2) return 'view pixels';
  const share = slope * side;
  if (explained >= 0.8 && share > 0.25 && share < 2 && within === cells)
    return 'shares of the view';
  return Math.abs(slope) < 0.1 && small >= 0.95 * cells ? 'cells' : null;
}
