import { intersectionOverUnion } from '../../../../operators/foundation/geometry/box.ts';
import type { Observation } from '../../../../operators/detect/detected-frame.ts';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import type { Track } from '../../../../operators/track/track.ts';
import { Tracker } from '../../../../operators/track/tracker.ts';

/** IoU from which on two boxes are of one object. */
const sameObject = 0.5;

/** Tracks over all frames against those over some of them, which hold in between. */
export interface TrackComparison {
  /** Confirmed tracks over all frames, and over those that pass. */
  readonly tracks: number;
  readonly tracksGated: number;
  /** Share of the boxes over all frames on which the newest box of a gated track lies. */
  readonly boxesKept: number;
  /** The same for tracks that have a name. */
  readonly namedBoxesKept: number;
  /** Tracks over all frames on which no box of a gated track ever lies. */
  readonly tracksLost: number;
}

/** Compares the tracks of all frames with those of the frames that `passes`. */
export function compareTracks(
  seen: readonly {
    readonly timestampMs: number;
    readonly observations: readonly Observation[];
    readonly passes: boolean;
  }[],
  head: Head,
): TrackComparison {
  const [all, gated] = [new Tracker(), new Tracker()];
  const ids = { all: new Set<number>(), gated: new Set<number>(), found: new Set<number>() };
  const named = { boxes: 0, kept: 0 };
  let [boxes, kept] = [0, 0];
  let held: readonly Track[] = [];
  for (const { timestampMs, observations, passes } of seen) {
    const present = visible(all.update(observations, timestampMs, head).tracks);
    if (passes) held = visible(gated.update(observations, timestampMs, head).tracks);
    for (const { id } of held) ids.gated.add(id);
    for (const { id, box, recognition } of present) {
      const isKept = held.some((other) => intersectionOverUnion(other.box, box) >= sameObject);
      ids.all.add(id);
      if (isKept) ids.found.add(id);
      boxes++;
      kept += Number(isKept);
      if (recognition === null) continue;
      named.boxes++;
      named.kept += Number(isKept);
    }
  }
  return {
    tracks: ids.all.size,
    tracksGated: ids.gated.size,
    boxesKept: kept / boxes,
    namedBoxesKept: named.kept / named.boxes,
    tracksLost: ids.all.size - ids.found.size,
  };
}

function visible(tracks: readonly Track[]): readonly Track[] {
  return tracks.filter(({ confirmed, missed }) => confirmed && missed === 0);
}
