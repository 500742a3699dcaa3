import type { Box } from '../../foundation/geometry/box.ts';
import { stride, type CellGrid, type DenseMaps } from '../../detect/engines/engine.ts';
import { gatherRows, type ObjectRows } from './view-rows.ts';

/** Most cells per object: those with the highest targets. */
const cellsMax = 25;
const targetMin = 0.1;

/**
 * The latent cells around the centre of a box, with Gaussian targets; none if the centre is outside
 * the view.
 *
 * `box` is in view pixels. The width of the Gaussian grows with the box, such that a box moved by
 * the radius still has an IoU of 0.7. "Objects as points", Zhou, Wang and Krähenbühl, 2019.
 */
export function centreCells(maps: DenseMaps, box: Box): ObjectRows {
  const { columns, rows, latents } = maps;
  const centre = centreCell(box, maps);
  if (centre === null) return { dense: new Float32Array(0), denseTargets: new Float32Array(0) };
  const [column, row] = [centre % columns, Math.floor(centre / columns)];
  const radius = gaussianRadius((box[2] - box[0]) / stride, (box[3] - box[1]) / stride);
  const variance = ((2 * radius + 1) / 6) ** 2;
  const reach = Math.ceil(radius);
  const found: { cell: number; target: number }[] = [];
  for (let y = Math.max(0, row - reach); y <= Math.min(rows - 1, row + reach); y++) {
    for (let x = Math.max(0, column - reach); x <= Math.min(columns - 1, column + reach); x++) {
      const target = Math.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * variance));
      if (target >= targetMin) found.push({ cell: y * columns + x, target });
    }
  }
  found.sort((a, b) => b.target - a.target || a.cell - b.cell);
  const kept = found.slice(0, cellsMax);
  return {
    dense: gatherRows(
      latents,
      kept.map(({ cell }) => cell),
    ),
    denseTargets: Float32Array.from(kept, ({ target }) => target),
  };
}

/** The cell with the centre of a box in view pixels; null if that is outside the view. */
export function centreCell([x0, y0, x1, y1]: Box, { columns, rows }: CellGrid): number | null {
  const column = Math.floor((x0 + x1) / 2 / stride);
  const row = Math.floor((y0 + y1) / 2 / stride);
  return column < 0 || row < 0 || column >= columns || row >= rows ? null : row * columns + column;
}

/**
 * How far both corners of a box may move, in the unit of its size, until the IoU falls to 0.7: the
 * minimum over three cases (both outwards, both inwards, both in one direction), but at least 0.5.
 */
export function gaussianRadius(width: number, height: number): number {
  const overlap = 0.7;
  const sum = width + height;
  const area = width * height;
  const along = (sum - Math.sqrt(sum ** 2 - (4 * area * (1 - overlap)) / (1 + overlap))) / 2;
  const inwards = (sum - Math.sqrt(sum ** 2 - 4 * area * (1 - overlap))) / 4;
  const outwards =
    (Math.sqrt((overlap * sum) ** 2 + 4 * overlap * (1 - overlap) * area) - overlap * sum) /
    (4 * overlap);
  return Math.max(0.5, Math.min(along, inwards, outwards));
}
