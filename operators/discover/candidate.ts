import { type Box, areaOf, containment } from '../foundation/geometry/box.ts';
import type { Frame } from '../ingest/frames/frame.ts';
import type { Region, Track } from '../track/track.ts';

export interface CandidateOptions {
  /** Minimum age of a track, in ms … ≥ 0. Default: 600. */
  readonly minHeldMs: number;
  /** … and minimum number of its hits. ≥ 1. Default: 5. */
  readonly minHits: number;
  /** Minimum share of its frames with a hit: flickering tracks are noise. 0 to 1. Default: 0.5. */
  readonly seenShareMin: number;
  /** Minimum smoothed objectness. 0 to 1. Default: 0.2. */
  readonly objectnessMin: number;
  /** Minimum share of the picture that the box covers … 0 to 1. Default: 0.0005. */
  readonly areaShareMin: number;
  /** … and maximum share. 0 to 1. Default: 0.5. */
  readonly areaShareMax: number;
  /** Minimum share of a part's box inside a recognised object's box. 0 to 1. Default: 0.7. */
  readonly coveredShare: number;
  /**
   * Below this share of all base heat, a recognised base class is doubted, and the object remains a
   * candidate: its heat is spread over several base classes. 0 to 1; 0 doubts none. Default: 0.
   */
  readonly doubtShare: number;
  /** Base classes that support other objects: boxes inside theirs are no parts of them. */
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

/** Size of the picture whose pixels the boxes are in. */
type PictureSize = Pick<Frame, 'sourceWidth' | 'sourceHeight'>;

/**
 * Boxes of recognised objects that may contain their own parts: neither supports nor boxes above
 * `areaShareMax`. `regions`: confirmed tracks, or all regions of a still image.
 */
export function coveringBoxes(
  regions: readonly Region[],
  { sourceWidth, sourceHeight }: PictureSize,
  options: CandidateOptions,
): readonly Box[] {
  const areaMax = options.areaShareMax * sourceWidth * sourceHeight;
  return regions
    .filter((region) => isCertain(region, options))
    .filter(({ recognition }) => !options.supports.includes(recognition?.class ?? ''))
    .map(({ box }) => box)
    .filter((box) => areaOf(box) <= areaMax);
}

/**
 * Whether a track is visible, old, large and unrecognised enough to be an unknown object.
 *
 * `framesAlive`: frames since the track began; `covering`: see {@link coveringBoxes}.
 */
export function isCandidateTrack(
  track: Track,
  frame: Frame,
  framesAlive: number,
  covering: readonly Box[],
  options: CandidateOptions,
): boolean {
  if (!track.confirmed || track.observation === null || track.fragment) return false;
  // Frames in which only a tile could have shown it say nothing about how steady it is.
  const framesSeen = framesAlive - (track.carried ?? 0);
  if (track.hits < options.minHits || track.hits < options.seenShareMin * framesSeen) return false;
  if (track.lastSeenMs - track.firstSeenMs < options.minHeldMs) return false;
  return isCandidateRegion(track, frame, covering, options);
}

/** The conditions of {@link isCandidateTrack} that apply to a still image as well. */
export function isCandidateRegion(
  region: Region,
  { sourceWidth, sourceHeight }: PictureSize,
  covering: readonly Box[],
  options: CandidateOptions,
): boolean {
  if (isCertain(region, options) || region.objectness < options.objectnessMin) return false;
  const share = areaOf(region.box) / (sourceWidth * sourceHeight);
  if (share < options.areaShareMin || share > options.areaShareMax) return false;
  return covering.every((box) => containment(region.box, box) < options.coveredShare);
}

/** Recognised without doubt: the heat of an object of no base class is spread over several. */
function isCertain({ recognition, baseShare }: Region, { doubtShare }: CandidateOptions): boolean {
  return recognition !== null && (recognition.by === 'learned' || baseShare >= doubtShare);
}
