import { type Box, areaOf, containment } from '../foundation/geometry/box.ts';
import type { Frame } from '../ingest/frames/frame.ts';
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
  /**
   * A base name of something that heats up other base classes as well is doubted below this share of all base heat: it
   * may be asked about all the same. 0 to 1, 0 doubts none. Default: 0.
   */
  readonly doubtShare: number;
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
  doubtShare: 0,
  supports: ['dining table', 'bed', 'couch', 'chair', 'bench', 'sink', 'oven', 'refrigerator'],
};

/** What may be an unknown object: a track, or a place in a still picture. */
export type Suspect = Pick<Track, 'box' | 'name' | 'objectness' | 'baseShare'>;

/** Size of the picture that boxes are measured in. */
type PictureSize = Pick<Frame, 'sourceWidth' | 'sourceHeight'>;

/**
 * Boxes of the named objects that a part of them may hide in: neither supports nor whole walls.
 * `places`: confirmed tracks, or all that is seen in a still picture.
 */
export function coveringBoxes(
  places: readonly Suspect[],
  { sourceWidth, sourceHeight }: PictureSize,
  options: CandidateOptions,
): readonly Box[] {
  const areaMax = options.areaShareMax * sourceWidth * sourceHeight;
  return places
    .filter((place) => hasSureName(place, options))
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
  if (!track.confirmed || track.observation === null || track.fragment) return false;
  if (track.hits < options.minHits || track.hits < options.seenShareMin * framesAlive) return false;
  if (track.lastSeenMs - track.firstSeenMs < options.minHeldMs) return false;
  return isSuspect(track, frame, covering, options);
}

/** The part of {@link isCandidate} that needs no time: whether a place is nameless, sizeable and enough of an object. */
export function isSuspect(
  place: Suspect,
  { sourceWidth, sourceHeight }: PictureSize,
  covering: readonly Box[],
  options: CandidateOptions,
): boolean {
  if (hasSureName(place, options) || place.objectness < options.objectnessMin) return false;
  const share = areaOf(place.box) / (sourceWidth * sourceHeight);
  if (share < options.areaShareMin || share > options.areaShareMax) return false;
  return covering.every((box) => containment(place.box, box) < options.coveredShare);
}

/** What is none of the base classes looks a little like several, what is one of them like that one. */
function hasSureName({ name, baseShare }: Suspect, { doubtShare }: CandidateOptions): boolean {
  return name !== null && (name.by === 'learned' || baseShare >= doubtShare);
}
