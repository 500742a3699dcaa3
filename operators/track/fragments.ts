import { areaOf, containment } from '../foundation/geometry/box.ts';
import type { Region } from './track.ts';

/** Minimum share of the smaller box that lies in the larger one. */
const containedMin = 0.5;
/** Smaller boxes than this share of an unrecognised one may be objects: a cup on a bench. */
const innerShareMin = 0.04;
/** Above this ratio of areas, the larger box is another object that the smaller one lies on. */
const outerFactorMax = 10 / 3;
/** Minimum ratio of objectness of a box and a blur around it; below it the larger is the whole. */
const blurMargin = 1.25;

/** A track or region of a still image that may be a fragment, or have fragments. */
export type FragmentCandidate = Omit<Region, 'baseShare'>;

/**
 * Whether each region is unrecognised and a fragment of a stronger one: a part of the same object
 * or a blur around it.
 *
 * The backbone detects an object of an unknown class several times, whole and in parts, with boxes
 * that overlap too little for suppression; the whole is nearly always the strongest. A region in a
 * recognised base-class object may be an object of its own: see discover/candidate.ts.
 */
export function areFragments(regions: readonly FragmentCandidate[]): readonly boolean[] {
  return regions.map(
    (region) =>
      region.recognition === null &&
      regions.some((other) => other !== region && isWhole(other, region)),
  );
}

/** Whether `other` is the object that the second region is a part of or a blur around. */
function isWhole(other: FragmentCandidate, { box, objectness }: FragmentCandidate): boolean {
  const factor = areaOf(box) / areaOf(other.box);
  if (factor > 1) {
    const stronger = other.objectness > blurMargin * objectness;
    return stronger && factor <= outerFactorMax && containment(other.box, box) >= containedMin;
  }
  if (other.recognition?.by === 'base' || other.objectness <= objectness) return false;
  const ownObject = other.recognition === null && factor < innerShareMin;
  return !ownObject && containment(box, other.box) >= containedMin;
}
