import {
  areaOf,
  type Box,
  containment,
  intersectionOverUnion,
  isInside,
} from '../../foundation/geometry/box.ts';
import type { Look, Observation } from '../detected-frame.ts';

/** IoU from which on an observation of a tile is one that the whole view shows as well. */
const sameObject = 0.5;
/** Share of a box inside a larger one from which on it is a part of it. */
const partShare = 0.8;

/**
 * Compares the observations of a tile with those of the whole view of the same frame, all in
 * source pixels.
 *
 * Left out are objects that an edge of the tile cuts: another tile, or the whole view, shows them
 * as a whole; and parts of larger objects of the whole view with the same base class, which fill
 * more of the tile than the detector expects of an object.
 */
export function compareLook(
  whole: readonly Observation[],
  ofTile: readonly Observation[],
  area: Box,
): Pick<Look, 'added' | 'firmer'> {
  const added: Observation[] = [];
  const firmer: { of: Observation; by: Observation }[] = [];
  for (const by of ofTile) {
    if (!isInside(by.box, area)) continue;
    const of = mostAlike(whole, by);
    if (of !== null) {
      if (by.objectness > of.objectness) firmer.push({ of, by });
    } else if (!whole.some((other) => isPart(by, other))) {
      added.push(by);
    }
  }
  return { added, firmer };
}

function mostAlike(whole: readonly Observation[], { box }: Observation): Observation | null {
  let [best, bestOverlap] = [null as Observation | null, sameObject];
  for (const other of whole) {
    const overlap = intersectionOverUnion(other.box, box);
    if (overlap >= bestOverlap) [best, bestOverlap] = [other, overlap];
  }
  return best;
}

function isPart(of: Observation, { box, baseClass }: Observation): boolean {
  const isLarger = baseClass === of.baseClass && areaOf(box) > areaOf(of.box);
  return isLarger && containment(of.box, box) >= partShare;
}
