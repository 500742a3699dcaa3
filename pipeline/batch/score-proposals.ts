import { moveBox, regressBox } from '../../operators/detect/heads/box-regression.ts';
import type { Observation } from '../../operators/detect/detected-frame.ts';
import {
  denseLatentLength,
  cropEmbeddingLength,
  type Peaks,
} from '../../operators/detect/engines/engine.ts';
import type { Head } from '../../operators/detect/heads/head.ts';
import { observe } from '../../operators/detect/observe.ts';
import { scoreCrop, scoreObject } from '../../operators/detect/heads/score.ts';
import { softNms } from '../../operators/detect/soft-nms.ts';
import type { ClassifiedBox } from '../../operators/measure/evaluate.ts';

/** The view that peaks were found in, and the picture that boxes are answered in. */
export interface PictureSize {
  readonly viewSize: number;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
}

/** Weaker peaks are not worth a line in a precision-recall curve. */
const minObjectness = 0.02;
/** A still picture gets second looks at its strongest peaks; a video gets them per track. */
const looksMax = 40;
/** No weaker score leaves soft-NMS, and none goes in: it only lowers them. */
const minScore = 0.001;

/**
 * What the base model alone names in a picture, at any score, strongest first by its own heat: nothing that is learned
 * weighs in.
 */
export function baseBoxes(
  peaks: Peaks,
  size: PictureSize,
  baseClasses: readonly string[],
): ClassifiedBox[] {
  return observe(byBaseHeat(peaks), size, baseClasses, { minObjectness })
    .filter(({ baseScore }) => baseScore >= minObjectness)
    .map(({ baseClass, box, baseScore }) => ({ class: baseClass, box, score: baseScore }));
}

/** The peaks in the order of their base heat, which then stands for objectness. */
function byBaseHeat(peaks: Peaks): Peaks {
  const order = Array.from({ length: peaks.count }, (_, i) => i).sort(
    (a, b) => peaks.baseScore[b]! - peaks.baseScore[a]!,
  );
  const rows = (values: Float32Array, width: number) => {
    const sorted = new Float32Array(values.length);
    for (const [i, from] of order.entries()) {
      sorted.set(values.subarray(from * width, (from + 1) * width), i * width);
    }
    return sorted;
  };
  const baseScore = rows(peaks.baseScore, 1);
  return {
    count: peaks.count,
    boxes: rows(peaks.boxes, 4),
    objectness: baseScore,
    baseScore,
    baseShare: rows(peaks.baseShare, 1),
    latents: rows(peaks.latents, denseLatentLength),
    baseClass: Int32Array.from(order, (from) => peaks.baseClass[from]!),
    cells: Int32Array.from(order, (from) => peaks.cells[from]!),
  };
}

/** The places in a picture that a head is asked about, strongest first, 40 at most. */
export function proposalsOf(
  peaks: Peaks,
  size: PictureSize,
  baseClasses: readonly string[],
): Observation[] {
  // Boxes that overlap more than observations of one object do may still be the better fit.
  return observe(peaks, size, baseClasses, { minObjectness, maxOverlap: 0.7 }).slice(0, looksMax);
}

/**
 * What a head names in a picture, at any score: each proposal by each class, soft-NMS by class. Boxes end where the
 * head reads from the look that the object does.
 * `looks` holds proposals × lookLatentLength values; null where the head has no look layer.
 */
export function scoreProposals(
  head: Head,
  proposals: readonly Observation[],
  looks: Float32Array | null,
  { sourceWidth: width, sourceHeight: height }: Pick<PictureSize, 'sourceWidth' | 'sourceHeight'>,
): ClassifiedBox[] {
  const scored = proposals.map(({ box, latent }, i) => {
    const look = looks?.subarray(i * cropEmbeddingLength, (i + 1) * cropEmbeddingLength);
    const looked = look === undefined ? null : scoreCrop(head, look);
    const offsets = look === undefined ? null : regressBox(head, look);
    return {
      box: moveBox(box, offsets, { width, height }),
      scores: scoreObject(head, latent, looked),
    };
  });
  return head.classes.flatMap((name, k) => {
    const boxes = scored.flatMap(({ box, scores }) => {
      const score = scores[k]!;
      return score >= minScore ? { box, score } : [];
    });
    return softNms(boxes, { minScore }).map(({ box, score }) => ({ class: name, box, score }));
  });
}
