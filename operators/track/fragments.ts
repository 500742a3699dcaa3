import { areaOf, containment } from '../foundation/geometry/box.ts';
import type { Track } from './track.ts';

/** Share of the smaller box that has to lie in the larger one. */
const containedMin = 0.5;
/** What is smaller than this share of the nameless thing that it lies on may be a thing of its own: a cup on a bench. */
const innerShareMin = 0.04;
/** A box that is larger by this factor than what lies in it is something else, which that lies on. */
const outerFactorMax = 10 / 3;
/** How much stronger than a box round it a place has to be: of two about as strong, the larger is the likelier whole. */
const blurMargin = 1.25;

/** What may be a fragment, or what others are fragments of. */
export type Fragmentary = Pick<Track, 'box' | 'objectness' | 'name'>;

/**
 * For each place, whether it is nameless and a fragment of a stronger one: a part of the same object, or a blur round it.
 *
 * A base model that does not know an object sees it several times, whole and in parts, at boxes that overlap too little
 * for suppression, and the whole is nearly always the strongest. What lies in something that the base model names may be a
 * thing of its own, and is judged elsewhere (see discover/candidate.ts).
 */
export function areFragments(places: readonly Fragmentary[]): readonly boolean[] {
  return places.map(
    (place) =>
      place.name === null && places.some((other) => other !== place && isWhole(other, place)),
  );
}

function isWhole(other: Fragmentary, { box, objectness }: Fragmentary): boolean {
  const factor = areaOf(box) / areaOf(other.box);
  if (factor > 1) {
    const stronger = other.objectness > blurMargin * objectness;
    return stronger && factor <= outerFactorMax && containment(other.box, box) >= containedMin;
  }
  if (other.name?.by === 'base' || other.objectness <= objectness) return false;
  const ownThing = other.name === null && factor < innerShareMin;
  return !ownThing && containment(box, other.box) >= containedMin;
}
