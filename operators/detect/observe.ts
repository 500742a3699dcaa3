import { type Box, intersectionOverUnion } from '../foundation/geometry/box.ts';
import { boxToSource, type ViewOf } from '../ingest/frames/view-size.ts';
import type { Observation } from './detected-frame.ts';
import { denseLatentLength, type Peaks } from './engines/engine.ts';

export interface ObserveOptions {
  /** Least objectness of an observation, 0..1. Default: 0.1. */
  readonly minObjectness?: number;
  /** IoU above which two boxes are one object. Default: 0.6. */
  readonly maxOverlap?: number;
}

/** Defaults of {@link ObserveOptions}. */
export const observeDefaults = { minObjectness: 0.1, maxOverlap: 0.6 } as const;

/** Heat at which two different base classes may share a place. */
const confidentHeat = 0.3;

/**
 * Converts the peaks of a frame's view to observations in source pixels, strongest first.
 *
 * Boxes are clipped to the picture and dropped if less than a pixel is left. Overlaps are
 * suppressed greedily regardless of class, because an unknown object heats several classes at
 * once; two different base classes that both reach 0.3 are kept (rider and bicycle).
 */
export function observe(
  peaks: Peaks,
  frame: ViewOf,
  baseClasses: readonly string[],
  {
    minObjectness = observeDefaults.minObjectness,
    maxOverlap = observeDefaults.maxOverlap,
  }: ObserveOptions = {},
): Observation[] {
  const kept: Observation[] = [];
  for (let i = 0; i < peaks.count; i++) {
    const objectness = peaks.objectness[i]!;
    // Peaks are sorted, so all further ones are weaker still.
    if (objectness < minObjectness) break;
    const box = sourceBox(peaks.boxes, i, frame);
    // Written so that a size that is no number fails, too.
    if (!(box[2] - box[0] >= 1 && box[3] - box[1] >= 1)) continue;
    const baseClass = baseClasses[peaks.baseClass[i]!] ?? '';
    const baseScore = peaks.baseScore[i]!;
    const baseShare = peaks.baseShare[i]!;
    const candidate = { box, baseClass, baseScore, baseShare };
    if (isSuppressed(kept, candidate, maxOverlap)) continue;
    // A copy, because a subarray would keep the latents of all peaks alive.
    const latent = peaks.latents.slice(i * denseLatentLength, (i + 1) * denseLatentLength);
    kept.push({ ...candidate, objectness, latent });
  }
  return kept;
}

/** Suppresses overlaps of observations, strongest first, under a stricter `maxOverlap`. */
export function suppressOverlaps(
  observations: readonly Observation[],
  maxOverlap: number,
): Observation[] {
  const kept: Observation[] = [];
  for (const observation of observations) {
    if (!isSuppressed(kept, observation, maxOverlap)) kept.push(observation);
  }
  return kept;
}

type Candidate = Pick<Observation, 'box' | 'baseClass' | 'baseScore' | 'baseShare'>;

/**
 * Whether a stronger observation shows the same object. It then adopts the base class of the
 * weaker one if that has more heat: a learned peak may lie beside the peak of base heat.
 */
function isSuppressed(kept: Observation[], weaker: Candidate, maxOverlap: number): boolean {
  const index = kept.findIndex((stronger) => isSameObject(stronger, weaker, maxOverlap));
  if (index < 0) return false;
  const { baseClass, baseScore, baseShare } = weaker;
  if (baseScore > kept[index]!.baseScore) {
    kept[index] = { ...kept[index]!, baseClass, baseScore, baseShare };
  }
  return true;
}

function isSameObject(stronger: Candidate, weaker: Candidate, maxOverlap: number): boolean {
  if (intersectionOverUnion(stronger.box, weaker.box) <= maxOverlap) return false;
  const bothConfident = stronger.baseScore >= confidentHeat && weaker.baseScore >= confidentHeat;
  return !(bothConfident && stronger.baseClass !== weaker.baseClass);
}

/** Maps a box from the view back to the source picture, clipped to it. */
function sourceBox(boxes: Float32Array, row: number, frame: ViewOf): Box {
  const [x0, y0, x1, y1] = boxes.subarray(4 * row, 4 * row + 4);
  const box = boxToSource([x0!, y0!, x1!, y1!], frame);
  const { sourceWidth, sourceHeight } = frame;
  return [
    clamp(box[0], sourceWidth),
    clamp(box[1], sourceHeight),
    clamp(box[2], sourceWidth),
    clamp(box[3], sourceHeight),
  ];
}

function clamp(value: number, max: number): number {
  return Math.min(max, Math.max(0, value));
}
