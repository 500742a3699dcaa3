import { intersectionOverUnion, type Box } from '../foundation/geometry/box.ts';

/** One picture of a set that annotates objects of unknown classes as well. */
export interface OpenWorldImage {
  /** Objects of known classes, without difficult ones. */
  readonly known: readonly { readonly class: string; readonly box: Box }[];
  /** Objects of classes that were not learned. */
  readonly unknown: readonly { readonly box: Box }[];
  /** Detections of known classes. */
  readonly recognised: readonly {
    readonly class: string;
    readonly box: Box;
    readonly score: number;
  }[];
  /** Detections of unknowns. */
  readonly flagged: readonly { readonly box: Box; readonly score: number }[];
}

export interface OpenWorldScores {
  /** Share of the unknown objects detected as unknown, 0..1; null without unknown objects. */
  readonly unknownRecall: number | null;
  /**
   * Loss of precision on known classes caused by unknown objects, at `recallLevel`; 0 is none: the
   * ratio of precisions of Dhamija et al., 2020. Covers the classes that reach that recall; null if
   * none does.
   */
  readonly wildernessImpact: number | null;
  /** Number of known classes that reach `recallLevel`. */
  readonly wildernessClasses: number;
  /** Unknown objects detected as a known class. */
  readonly openSetError: number;
  readonly unknownObjects: number;
  /** Unknown detections per picture without an unknown object, duplicates included. */
  readonly falseUnknownsPerImage: number;
}

export interface OpenWorldOptions {
  /** Minimum IoU of a match; default 0.5. */
  readonly iou?: number;
  /** Recall on known classes at which precisions are compared; default 0.8, as in the papers. */
  readonly recallLevel?: number;
}

/**
 * Measures how a detector handles objects of classes that it did not learn.
 *
 * Wilderness impact: Dhamija et al., "The Overlooked Elephant of Object Detection: Open Set",
 * 2020: closed-set precision over precision with unknown objects present, minus 1, which is (false
 * positives on unknown objects) / (true positives + other false positives), summed over classes.
 * U-Recall and absolute open-set error: Joseph et al., "Towards Open World Object Detection", 2021,
 * by the words of the paper; `owodScores` has the readings of its code.
 */
export function openWorldScores(
  images: readonly OpenWorldImage[],
  { iou = 0.5, recallLevel = 0.8 }: OpenWorldOptions = {},
): OpenWorldScores {
  const unknownObjects = images.reduce((sum, image) => sum + image.unknown.length, 0);
  const found = images.reduce(
    (sum, image) => sum + matchGreedily(image.flagged, image.unknown, iou).filter(Boolean).length,
    0,
  );
  const flagged = images.reduce((sum, image) => sum + image.flagged.length, 0);
  const openSetError = images.reduce(
    // An unknown object detected as two known classes is one error.
    (sum, image) =>
      sum +
      image.unknown.filter(({ box }) =>
        image.recognised.some((detection) => intersectionOverUnion(detection.box, box) >= iou),
      ).length,
    0,
  );
  return {
    unknownRecall: unknownObjects === 0 ? null : found / unknownObjects,
    ...wildernessOf(images, iou, recallLevel),
    openSetError,
    unknownObjects,
    falseUnknownsPerImage: (flagged - found) / Math.max(1, images.length),
  };
}

/**
 * Returns the best unknown recall of any score threshold with at most `perImage` false detections
 * per picture on average; null without unknown objects. A point of the free-response curve (Bunch
 * et al., 1977).
 */
export function unknownRecallWithin(
  images: readonly OpenWorldImage[],
  perImage: number,
  iou = 0.5,
): number | null {
  const objects = images.reduce((sum, { unknown }) => sum + unknown.length, 0);
  if (objects === 0) return null;
  const ranked = images
    .flatMap(({ flagged, unknown }) => {
      const hits = matchGreedily(flagged, unknown, iou);
      return flagged.map(({ score }, i) => ({ score, hit: hits[i]! }));
    })
    .sort((a, b) => b.score - a.score);
  let found = 0;
  let best = 0;
  for (const [i, { score, hit }] of ranked.entries()) {
    if (hit) found++;
    // A threshold admits all detections of one score or none.
    if (ranked[i + 1]?.score === score) continue;
    if (i + 1 - found <= perImage * images.length) best = found;
  }
  return best / objects;
}

function wildernessOf(
  images: readonly OpenWorldImage[],
  iou: number,
  recallLevel: number,
): Pick<OpenWorldScores, 'wildernessImpact' | 'wildernessClasses'> {
  const classes = new Set(images.flatMap(({ known }) => known.map((object) => object.class)));
  let closed = 0;
  let open = 0;
  let reached = 0;
  for (const name of classes) {
    const objects = images.reduce((n, { known }) => n + known.filter(isClass(name)).length, 0);
    const point = operatingPoint(rankOf(name, images, iou), objects, recallLevel);
    if (point === null) continue;
    closed += point.closed;
    open += point.onUnknown;
    reached++;
  }
  return {
    wildernessImpact: closed === 0 ? null : open / closed,
    wildernessClasses: reached,
  };
}

interface RankedDetection {
  readonly score: number;
  readonly hit: boolean;
  /** A false positive on an unknown object. */
  readonly onUnknown: boolean;
}

/** The detections of one class over all pictures, best score first. */
function rankOf(
  name: string,
  images: readonly OpenWorldImage[],
  iou: number,
): readonly RankedDetection[] {
  return images
    .flatMap((image) => {
      const detections = image.recognised.filter(isClass(name)).sort((a, b) => b.score - a.score);
      const hits = matchGreedily(detections, image.known.filter(isClass(name)), iou);
      return detections.map(({ score, box }, i) => ({
        score,
        hit: hits[i]!,
        onUnknown:
          !hits[i]! &&
          image.unknown.some((object) => intersectionOverUnion(box, object.box) >= iou),
      }));
    })
    .sort((a, b) => b.score - a.score);
}

/** Counts at the first rank that reaches the recall level, as in the papers; null if none does. */
function operatingPoint(
  ranked: readonly RankedDetection[],
  objects: number,
  recallLevel: number,
): { closed: number; onUnknown: number } | null {
  let hits = 0;
  let onUnknown = 0;
  for (const [i, detection] of ranked.entries()) {
    if (detection.hit) hits++;
    if (detection.onUnknown) onUnknown++;
    if (hits / objects >= recallLevel) return { closed: i + 1 - onUnknown, onUnknown };
  }
  return null;
}

/** Per detection: whether it matches an object that no detection of a better score matched. */
function matchGreedily(
  detections: readonly { readonly box: Box; readonly score: number }[],
  objects: readonly { readonly box: Box }[],
  iou: number,
): boolean[] {
  const taken = new Set<number>();
  const hits = new Array<boolean>(detections.length).fill(false);
  const order = detections.map((_, i) => i);
  order.sort((a, b) => detections[b]!.score - detections[a]!.score);
  for (const d of order) {
    let best = -1;
    let bestOverlap = iou;
    objects.forEach((object, o) => {
      const value = intersectionOverUnion(detections[d]!.box, object.box);
      if (taken.has(o) || value < bestOverlap) return;
      best = o;
      bestOverlap = value;
    });
    if (best < 0) continue;
    taken.add(best);
    hits[d] = true;
  }
  return hits;
}

function isClass(name: string): (item: { readonly class: string }) => boolean {
  return (item) => item.class === name;
}
