import { moveBox, regressBox } from '../../operators/detect/heads/box-regression.ts';
import type { Observation } from '../../operators/detect/detected-frame.ts';
import { denseLatentLength, type Peaks } from '../../operators/detect/engines/engine.ts';
import type { Head } from '../../operators/detect/heads/head.ts';
import { observe } from '../../operators/detect/observe.ts';
import { scoreCrop, scoreObject } from '../../operators/detect/heads/score.ts';
import { softNms } from '../../operators/detect/soft-nms.ts';
import type { ClassifiedBox } from '../../operators/measure/evaluate.ts';
import type { ViewSize } from '../../operators/ingest/frames/view-size.ts';

/** The detector's view, and size of the image that boxes are returned in. */
export interface PictureSize {
  readonly viewSize: ViewSize;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
}

/** Weaker peaks do not affect a precision-recall curve noticeably. */
const minObjectness = 0.02;
/** Most proposals per image, each of which costs a crop embedding. */
export const proposalsMax = 40;
/** Scores below this are dropped before and after soft-NMS, which only lowers scores. */
const minScore = 0.001;

/**
 * Detections of the base classes in one image, at any score, strongest first.
 *
 * Sorted by base score, so that the learned objectness has no influence.
 */
export function baseBoxes(
  peaks: Peaks,
  size: PictureSize,
  baseClasses: readonly string[],
): ClassifiedBox[] {
  // Overlaps of detectors that suppress them within each class stay as their family means them.
  const options =
    peaks.isSuppressed === true ? { minObjectness: minScore, maxOverlap: 1 } : { minObjectness };
  return observe(byBaseScore(peaks), size, baseClasses, options)
    .filter(({ baseScore }) => baseScore >= options.minObjectness)
    .map(({ baseClass, box, baseScore }) => ({ class: baseClass, box, score: baseScore }));
}

/** Sorts peaks by base score and uses it as their objectness. */
function byBaseScore(peaks: Peaks): Peaks {
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

/** The observations in one image to score with a head, strongest first, at most 40. */
export function proposalsOf(
  peaks: Peaks,
  size: PictureSize,
  baseClasses: readonly string[],
): Observation[] {
  // A higher overlap than on live frames: of two overlapping boxes, either may fit better.
  return observe(peaks, size, baseClasses, { minObjectness, maxOverlap: 0.7 }).slice(
    0,
    proposalsMax,
  );
}

/**
 * Scores every proposal with every class of a head, followed by soft-NMS per class. Boxes are
 * refined by the head's box regression.
 *
 * `embeddings` holds one row per proposal; null if the head has no crop layer. `looks`: the
 * embedding by which each proposal is named, null for one that is left out. Default: its own.
 */
export function scoreProposals(
  head: Head,
  proposals: readonly Observation[],
  embeddings: Float32Array | null,
  { sourceWidth: width, sourceHeight: height }: Pick<PictureSize, 'sourceWidth' | 'sourceHeight'>,
  looks?: readonly (Float32Array | null)[],
): ClassifiedBox[] {
  const length = (embeddings?.length ?? 0) / Math.max(1, proposals.length);
  const scored = proposals.flatMap(({ box, latent }, i) => {
    const embedding = embeddings?.subarray(i * length, (i + 1) * length);
    const look = looks === undefined ? embedding : looks[i];
    if (look === null) return [];
    const cropScores = look === undefined ? null : scoreCrop(head, look);
    const offsets = embedding === undefined ? null : regressBox(head, embedding);
    return [
      {
        box: moveBox(box, offsets, { width, height }),
        scores: scoreObject(head, latent, cropScores),
      },
    ];
  });
  return head.classes.flatMap((name, k) => {
    const boxes = scored.flatMap(({ box, scores }) => {
      const score = scores[k]!;
      return score >= minScore ? { box, score } : [];
    });
    return softNms(boxes, { minScore }).map(({ box, score }) => ({ class: name, box, score }));
  });
}
