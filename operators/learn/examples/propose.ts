import { type Box, intersectionOverUnion } from '../../foundation/geometry/box.ts';
import { type DenseMaps, stride } from '../../detect/engines/engine.ts';
import { boxesFromExtents, pickPeaks } from '../../detect/engines/peaks.ts';
import { centreCell } from './centre-cells.ts';

/** A place that the detector proposes as an object. */
export interface Proposal {
  readonly cell: number;
  /** View pixels. */
  readonly box: Box;
  /** Largest base heat, 0..1. */
  readonly heat: number;
}

const peaksMax = 100;
/** Base heat from which a peak is a proposal. */
const leastHeat = 0.05;
/** IoU from which the weaker of two proposals is dropped. */
const maxOverlap = 0.6;

/**
 * The proposals of the frozen base head, strongest first: peaks of its heat without overlapping
 * ones.
 */
export function propose(maps: DenseMaps): readonly Proposal[] {
  const { side, baseHeat } = maps;
  const kept: Proposal[] = [];
  for (const cell of pickPeaks(baseHeat, side, peaksMax)) {
    const heat = baseHeat[cell]!;
    if (heat < leastHeat) break;
    const box = boxAt(cell, maps);
    if (box === null) continue;
    if (kept.some((other) => intersectionOverUnion(other.box, box) >= maxOverlap)) continue;
    kept.push({ cell, box, heat });
  }
  return kept;
}

/**
 * The boxes that the detector proposes for an object, which are not exact: the strongest proposal
 * with an IoU of at least `overlap`, and the box read at the object's centre, where learned
 * objectness will peak.
 */
export function proposalsOf(
  object: Box,
  maps: DenseMaps,
  proposals: readonly Proposal[],
  overlap: number,
): readonly Box[] {
  const isOfObject = (box: Box) => intersectionOverUnion(box, object) >= overlap;
  const peak = proposals.find(({ box }) => isOfObject(box));
  const cell = centreCell(object, maps.side);
  const centre = cell === null || cell === peak?.cell ? null : boxAt(cell, maps);
  const atCentre = centre !== null && isOfObject(centre) ? [centre] : [];
  return peak === undefined ? atCentre : [peak.box, ...atCentre];
}

/**
 * The base head's box at a cell, clipped to the view; null if it is less than a pixel wide or high.
 */
function boxAt(cell: number, { side, extents }: DenseMaps): Box | null {
  const corners = boxesFromExtents(
    extents.slice(4 * cell, 4 * cell + 4),
    Int32Array.of(cell),
    side,
  );
  const within = (value: number | undefined) => Math.min(side * stride, Math.max(0, value!));
  const box: Box = [within(corners[0]), within(corners[1]), within(corners[2]), within(corners[3])];
  return box[2] - box[0] < 1 || box[3] - box[1] < 1 ? null : box;
}
