import { containment, intersectionOverUnion, type Box } from '../foundation/geometry/box.ts';

/** One annotated object. */
export interface TruthObject {
  readonly box: Box;
  /** Neither a hit nor a miss counts (VOC's `difficult`). */
  readonly ignore?: boolean;
  /** A region of many objects (COCO's `iscrowd`): ignored, and matches any number of detections. */
  readonly crowd?: boolean;
}

/** One detection of the class. */
export interface ScoredBox {
  readonly box: Box;
  readonly score: number;
}

/** Annotations and detections of one class in one picture. */
export interface ClassInImage {
  readonly truths: readonly TruthObject[];
  readonly detections: readonly ScoredBox[];
}

export interface AveragePrecision {
  /** Mean over IoU 0.50, 0.55 … 0.95. */
  readonly ap: number;
  /** At IoU 0.50. */
  readonly ap50: number;
  /** Number of objects that are neither ignored nor crowds. */
  readonly objects: number;
}

/** Maximum number of detections per class and picture, best first; the rest is discarded. */
const detectionsPerImageMax = 100;

const thresholdCount = 10;
const recallCount = 101;

/** numpy's `linspace(0.5, 0.95, 10)`, bit for bit: an IoU equal to a threshold must count. */
export const iouThresholds: readonly number[] = Array.from({ length: thresholdCount }, (_, i) =>
  i === thresholdCount - 1 ? 0.95 : 0.5 + i * ((0.95 - 0.5) / (thresholdCount - 1)),
);

/** Detections of one picture after matching, best first. */
interface MatchedImage {
  readonly scores: readonly number[];
  /** thresholds × detections: 1 true positive, 0 false positive, -1 ignored. */
  readonly outcomes: Int8Array;
  readonly objects: number;
}

/**
 * Computes the average precision of one class over all pictures as pycocotools' COCOeval does: 101
 * recall points, area "all", at most 100 detections per picture, equal scores in input order.
 * Returns null if every object is ignored or a crowd.
 *
 * Lin et al., "Microsoft COCO: Common Objects in Context", 2014. One deliberate difference:
 * pycocotools overwrites an annotation's `ignore` with `iscrowd`; here both apply.
 */
export function averagePrecision(images: readonly ClassInImage[]): AveragePrecision | null {
  const matched = images
    .filter(({ truths, detections }) => truths.length > 0 || detections.length > 0)
    .map(matchImage);
  const objects = matched.reduce((sum, image) => sum + image.objects, 0);
  if (objects === 0) return null;

  const ranked = matched
    .flatMap((image) => image.scores.map((score, index) => ({ image, index, score })))
    .sort((a, b) => b.score - a.score);
  const perThreshold = iouThresholds.map((_, threshold) => {
    const outcomes = ranked.map(
      ({ image, index }) => image.outcomes[threshold * image.scores.length + index]!,
    );
    return areaUnderCurve(outcomes, objects);
  });
  const ap = perThreshold.reduce((sum, value) => sum + value, 0) / thresholdCount;
  return { ap, ap50: perThreshold[0]!, objects };
}

/**
 * A class's detections in all pictures, best first, after matching at IoU 0.50. None follows the
 * last true positive: those do not change the average precision.
 */
export interface RankedOutcomes {
  /** Per detection: index of its picture. */
  readonly pictures: Uint32Array;
  /** Per detection: 1 true positive, 0 false positive, -1 ignored. */
  readonly outcomes: Int8Array;
  readonly scores: Float32Array;
  /** Per picture: objects that are neither ignored nor crowds. */
  readonly objects: readonly number[];
}

/** Matches a class's detections in all pictures as {@link averagePrecision} does. */
export function outcomesAt50(images: readonly ClassInImage[]): RankedOutcomes {
  const matched = images.map(matchImage);
  const ranked = matched
    .flatMap(({ scores, outcomes }, picture) =>
      scores.map((score, index) => ({ picture, score, outcome: outcomes[index]! })),
    )
    .sort((a, b) => b.score - a.score);
  ranked.length = ranked.findLastIndex(({ outcome }) => outcome === 1) + 1;
  return {
    pictures: Uint32Array.from(ranked, ({ picture }) => picture),
    outcomes: Int8Array.from(ranked, ({ outcome }) => outcome),
    scores: Float32Array.from(ranked, ({ score }) => score),
    objects: matched.map(({ objects }) => objects),
  };
}

/** Matches detections with objects at every threshold, best detection first, best overlap first. */
function matchImage({ truths, detections }: ClassInImage): MatchedImage {
  // Ignored objects come last, so that a detection matches one only if no other object fits.
  const objects = [...truths].sort((a, b) => Number(isIgnored(a)) - Number(isIgnored(b)));
  const ranked = [...detections].sort((a, b) => b.score - a.score).slice(0, detectionsPerImageMax);
  const overlaps = new Float64Array(ranked.length * objects.length);
  ranked.forEach(({ box }, d) => {
    objects.forEach((object, o) => {
      const overlap = object.crowd === true ? containment : intersectionOverUnion;
      overlaps[d * objects.length + o] = overlap(box, object.box);
    });
  });

  const outcomes = new Int8Array(thresholdCount * ranked.length);
  iouThresholds.forEach((threshold, t) => {
    const taken = new Uint8Array(objects.length);
    for (let d = 0; d < ranked.length; d++) {
      const row = overlaps.subarray(d * objects.length, (d + 1) * objects.length);
      const match = bestMatch(objects, taken, row, threshold);
      if (match < 0) continue;
      taken[match] = 1;
      outcomes[t * ranked.length + d] = isIgnored(objects[match]!) ? -1 : 1;
    }
  });
  return {
    scores: ranked.map(({ score }) => score),
    outcomes,
    objects: objects.filter((object) => !isIgnored(object)).length,
  };
}

/** Index of the object that a detection with these overlaps matches, or -1. */
function bestMatch(
  objects: readonly TruthObject[],
  taken: Uint8Array,
  overlaps: Float64Array,
  threshold: number,
): number {
  let best = -1;
  let bestOverlap = Math.min(threshold, 1 - 1e-10);
  for (let o = 0; o < objects.length; o++) {
    const object = objects[o]!;
    if (taken[o] === 1 && object.crowd !== true) continue;
    if (best >= 0 && !isIgnored(objects[best]!) && isIgnored(object)) break;
    // Of equal overlaps the later object wins, as in the reference.
    if (overlaps[o]! < bestOverlap) continue;
    bestOverlap = overlaps[o]!;
    best = o;
  }
  return best;
}

/**
 * Mean precision at 101 recall points, after making precision non-increasing. Recall grows only
 * with true positives, and precision is highest there, so that no other rank is kept. `counts`: how
 * often each detection counts. Default: once.
 */
export function areaUnderCurve(
  outcomes: ArrayLike<number>,
  objects: number,
  counts: ArrayLike<number> | null = null,
): number {
  const recalls: number[] = [];
  const precisions: number[] = [];
  let hits = 0;
  let falsePositives = 0;
  for (let rank = 0; rank < outcomes.length; rank++) {
    const count = counts === null ? 1 : counts[rank]!;
    if (outcomes[rank] === 0) falsePositives += count;
    if (outcomes[rank] !== 1) continue;
    hits += count;
    recalls.push(hits / objects);
    precisions.push(hits / (hits + falsePositives + Number.EPSILON));
  }
  for (let i = precisions.length - 1; i > 0; i--) {
    if (precisions[i]! > precisions[i - 1]!) precisions[i - 1] = precisions[i]!;
  }

  let sum = 0;
  let at = 0;
  for (let point = 0; point < recallCount; point++) {
    const recall = point === recallCount - 1 ? 1 : point * (1 / (recallCount - 1));
    while (at < recalls.length && recalls[at]! < recall) at++;
    if (at === recalls.length) break;
    sum += precisions[at]!;
  }
  return sum / recallCount;
}

function isIgnored(object: TruthObject): boolean {
  return object.ignore === true || object.crowd === true;
}
