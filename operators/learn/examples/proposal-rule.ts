import { type Box, intersectionOverUnion } from '../../foundation/geometry/box.ts';
import type { Proposal } from './view-rows.ts';

/** What counts as a proposal in a view, whatever the detector. */
export const proposalRule = {
  /** Most proposals of a view, the strongest ones. */
  countMax: 100,
  /** Base heat from which a place is a proposal. */
  leastHeat: 0.05,
  /** IoU from which the weaker of two proposals is dropped. */
  maxOverlap: 0.6,
} as const;

/**
 * The proposals among rows that are ordered by their heat, strongest first. `boxAt` reads the box
 * of a row; null for one that is too small.
 */
export function proposalsAmong(
  rows: Iterable<number>,
  heats: Float32Array,
  boxAt: (row: number) => Box | null,
): Proposal[] {
  const { countMax, leastHeat, maxOverlap } = proposalRule;
  const kept: Proposal[] = [];
  for (const row of rows) {
    const heat = heats[row]!;
    if (heat < leastHeat || kept.length === countMax) break;
    const box = boxAt(row);
    if (box === null) continue;
    if (kept.some((other) => intersectionOverUnion(other.box, box) >= maxOverlap)) continue;
    kept.push({ row, box, heat });
  }
  return kept;
}

/** A box; null if it is less than a pixel wide or high. */
export function wideEnough(box: Box): Box | null {
  return box[2] - box[0] < 1 || box[3] - box[1] < 1 ? null : box;
}
