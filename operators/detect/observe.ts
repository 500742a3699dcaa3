import { intersectionOverUnion, type Box } from '../foundation/geometry/box.ts';
import type { Frame } from '../ingest/frames/frame.ts';
import type { Observation } from './detected-frame.ts';
import { denseLatentLength, type Peaks } from './engines/engine.ts';

export interface ObserveOptions {
  /** Weaker peaks are left out, 0..1. Default: 0.1. */
  readonly minObjectness?: number;
  /** Two boxes that overlap by more than this IoU are one object. Default: 0.6. */
  readonly maxOverlap?: number;
}

export const observeDefaults = { minObjectness: 0.1, maxOverlap: 0.6 } as const;

/** Heat from which on a base class is believed enough to stand beside another one at the same place. */
const believedHeat = 0.3;

/**
 * Turns the peaks of a frame's view into observations in source pixels, strongest first.
 *
 * Boxes are clipped to the picture, and those under a pixel wide or high left out. Overlapping
 * ones are suppressed greedily and whatever their class, since an unknown object heats several
 * classes at once; two different base classes that both reach 0.3 are kept (rider and bicycle).
 */
export function observe(
  peaks: Peaks,
  frame: Pick<Frame, 'viewSize' | 'sourceWidth' | 'sourceHeight'>,
  baseClasses: readonly string[],
  {
    minObjectness = observeDefaults.minObjectness,
    maxOverlap = observeDefaults.maxOverlap,
  }: ObserveOptions = {},
): Observation[] {
  const kept: Observation[] = [];
  for (let i = 0; i < peaks.count; i++) {
    const objectness = peaks.objectness[i]!;
    // Strongest first: none of the rest is strong enough either.
    if (objectness < minObjectness) break;
    const box = sourceBox(peaks.boxes, i, frame);
    if (box[2] - box[0] < 1 || box[3] - box[1] < 1) continue;
    const baseClass = baseClasses[peaks.baseClass[i]!] ?? '';
    const baseScore = peaks.baseScore[i]!;
    const baseShare = peaks.baseShare[i]!;
    const claim = { box, baseClass, baseScore, baseShare };
    if (isRepeated(kept, claim, maxOverlap)) continue;
    // A copy: a view would keep the latents of all the frame's peaks alive with it.
    const latent = peaks.latents.slice(i * denseLatentLength, (i + 1) * denseLatentLength);
    kept.push({ ...claim, objectness, latent });
  }
  return kept;
}

/** Of observations that are strongest first, those that are left under a stricter `maxOverlap`. */
export function keepApart(seen: readonly Observation[], maxOverlap: number): Observation[] {
  const kept: Observation[] = [];
  for (const each of seen) if (!isRepeated(kept, each, maxOverlap)) kept.push(each);
  return kept;
}

type Claim = Pick<Observation, 'box' | 'baseClass' | 'baseScore' | 'baseShare'>;

/**
 * Whether a stronger observation is of the same object. That one takes over what the base model says of the weaker one,
 * if it is surer: a peak that was learned may lie beside the base model's own.
 */
function isRepeated(kept: Observation[], weaker: Claim, maxOverlap: number): boolean {
  const at = kept.findIndex((stronger) => repeats(stronger, weaker, maxOverlap));
  if (at < 0) return false;
  const { baseClass, baseScore, baseShare } = weaker;
  if (baseScore > kept[at]!.baseScore) {
    kept[at] = { ...kept[at]!, baseClass, baseScore, baseShare };
  }
  return true;
}

function repeats(stronger: Claim, weaker: Claim, maxOverlap: number): boolean {
  if (intersectionOverUnion(stronger.box, weaker.box) <= maxOverlap) return false;
  const bothBelieved = stronger.baseScore >= believedHeat && weaker.baseScore >= believedHeat;
  return !(bothBelieved && stronger.baseClass !== weaker.baseClass);
}

/** Undoes the stretch from the source picture to the square view. */
function sourceBox(
  boxes: Float32Array,
  row: number,
  frame: Pick<Frame, 'viewSize' | 'sourceWidth' | 'sourceHeight'>,
): Box {
  const { viewSize, sourceWidth, sourceHeight } = frame;
  const across = (value: number) => clamp((value * sourceWidth) / viewSize, sourceWidth);
  const down = (value: number) => clamp((value * sourceHeight) / viewSize, sourceHeight);
  return [
    across(boxes[4 * row]!),
    down(boxes[4 * row + 1]!),
    across(boxes[4 * row + 2]!),
    down(boxes[4 * row + 3]!),
  ];
}

function clamp(value: number, max: number): number {
  return Math.min(max, Math.max(0, value));
}
