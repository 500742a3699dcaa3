import { intersectionOverUnion } from '../foundation/geometry/box.ts';
import type { Track } from './track.ts';

/** IoU from which on a detection of one object may be taken for the other one. */
const crossingMin = 0.1;

/**
 * Ids of the tracks that may pass to another object now: those that are missed, and those that
 * overlap another one that is visible. Fragments of a stronger track do not count, nor do tracks
 * that tiles alone show, which are missed in all frames between two tiles.
 */
export function crossingTracks(tracks: readonly Track[]): ReadonlySet<number> {
  const lost = tracks.filter(({ missed, seenBy }) => missed > 0 && seenBy === undefined);
  const crossing = new Set(lost.map(({ id }) => id));
  const solid = tracks.filter(
    ({ confirmed, fragment, missed }) => confirmed && !fragment && missed === 0,
  );
  for (const [i, one] of solid.entries()) {
    for (const other of solid.slice(i + 1)) {
      if (intersectionOverUnion(one.box, other.box) < crossingMin) continue;
      crossing.add(one.id).add(other.id);
    }
  }
  return crossing;
}
