import type { Box, Frame } from '../ingest/frame.ts';
import { areaOf, containment } from '../track/overlap.ts';
import type { Track } from '../track/track.ts';

export interface CandidateOptions {
  /** A track must have been followed for this long, in ms … ≥ 0. Default: 600. */
  readonly minHeldMs: number;
  /** … and been seen in this many frames. ≥ 1. Default: 5. */
  readonly minHits: number;
  /** Share of its frames that it must have been seen in: what flickers is noise. 0 to 1. Default: 0.5. */
  readonly seenShareMin: number;
  /** Smoothed objectness it must have. 0 to 1. Default: 0.2. */
  readonly objectnessMin: number;
  /** Share of the picture that its box must cover … 0 to 1. Default: 0.0005. */
  readonly areaShareMin: number;
  /** … and may cover at most. 0 to 1. Default: 0.5. */
  readonly areaShareMax: number;
  /** Share of its box inside a named object's box from which on it is that object's part. 0 to 1. Default: 0.7. */
  readonly coveredShare: number;
  /** Base classes that other things lie on: what is inside their boxes is no part of them. */
  readonly supports: readonly string[];
}

export const candidateDefaults: CandidateOptions = {
  minHeldMs: 600,
  minHits: 5,
  seenShareMin: 0.5,
  objectnessMin: 0.2,
  areaShareMin: 0.0005,
  areaShareMax: 0.5,
  coveredShare: 0.7,
  supports: ['dining table', 'bed', 'couch', 'chair', 'bench', 'sink', 'oven', 'refrigerator'],
};

/** Boxes of the named objects that a part of them may hide in: neither supports nor whole walls. */
export function coveringBoxes(
  tracks: readonly Track[],
  frame: Frame,
  options: CandidateOptions,
): readonly Box[] {
  const areaMax = options.areaShareMax * frame.sourceWidth * frame.sourceHeight;
  return tracks
    .filter(({ confirmed, name }) => confirmed && name !== null)
    .filter(({ name }) => !options.supports.includes(name?.class ?? ''))
    .map(({ box }) => box)
    .filter((box) => areaOf(box) <= areaMax);
}

/**
 * Whether a track is seen, held, sizeable and nameless enough to be called an unknown object.
 *
 * `framesAlive`: frames since the track began; `covering`: see {@link coveringBoxes}.
 */
export function isCandidate(
  track: Track,
  frame: Frame,
  framesAlive: number,
  covering: readonly Box[],
  options: CandidateOptions,
): boolean {
  if (!track.confirmed || track.observation === null || track.name !== null) return false;
  if (track.hits < options.minHits || track.hits < options.seenShareMin * framesAlive) return false;
  if (track.lastSeenMs - track.firstSeenMs < options.minHeldMs) return false;
  if (track.objectness < options.objectnessMin) return false;
  const share = areaOf(track.box) / (frame.sourceWidth * frame.sourceHeight);
  if (share < options.areaShareMin || share > options.areaShareMax) return false;
  return covering.every((box) => containment(track.box, box) < options.coveredShare);
}
