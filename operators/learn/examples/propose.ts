import { type Box, intersectionOverUnion } from '../../foundation/geometry/box.ts';
import { type DenseMaps, stride } from '../../detect/engines/engine.ts';
import { boxesFromExtents, pickPeaks } from '../../detect/engines/peaks.ts';
import { centreCell } from './centre-cells.ts';

/** A place that a detector would propose. */
export interface Proposal {
  readonly cell: number;
  /** View pixels. */
  readonly box: Box;
  /** Largest base heat, 0..1. */
  readonly heat: number;
}

const peaksMax = 100;
/** Base heat from which on something is a proposal. */
const leastHeat = 0.05;
/** Of two that overlap by more, as IoU, the weaker one is left out. */
const maxOverlap = 0.6;

/** What the base model proposes, strongest first: peaks of its heat, overlapping ones left out. */
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
 * What a detector will propose for an object, which is no perfect box: the strongest proposal that overlaps it by `overlap`
 * or more, and what is read at the object's own centre, where learned objectness will have its peak.
 */
export function proposalsOf(
  object: Box,
  maps: DenseMaps,
  proposals: readonly Proposal[],
  overlap: number,
): readonly Box[] {
  const counts = (box: Box) => intersectionOverUnion(box, object) >= overlap;
  const peak = proposals.find(({ box }) => counts(box));
  const cell = centreCell(object, maps.side);
  const centre = cell === null || cell === peak?.cell ? null : boxAt(cell, maps);
  const read = centre !== null && counts(centre) ? [centre] : [];
  return peak === undefined ? read : [peak.box, ...read];
}

/** The box that the base model reads at a cell, within the view; null where it is less than a pixel wide or high. */
function boxAt(cell: number, { side, extents }: DenseMaps): Box | null {
  const own = boxesFromExtents(extents.slice(4 * cell, 4 * cell + 4), Int32Array.of(cell), side);
  const within = (value: number | undefined) => Math.min(side * stride, Math.max(0, value!));
  const box: Box = [within(own[0]), within(own[1]), within(own[2]), within(own[3])];
  return box[2] - box[0] < 1 || box[3] - box[1] < 1 ? null : box;
}
