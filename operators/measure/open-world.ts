import { intersectionOverUnion, type Box } from '../foundation/geometry/box.ts';

/** One picture of a set in which objects of unknown classes are annotated too. */
export interface OpenWorldImage {
  /** Objects of known classes; difficult ones left out. */
  readonly known: readonly { readonly class: string; readonly box: Box }[];
  /** Objects of classes that were not taught. */
  readonly unknown: readonly { readonly box: Box }[];
  /** What was reported under a known class's name. */
  readonly named: readonly { readonly class: string; readonly box: Box; readonly score: number }[];
  /** What was reported as unknown. */
  readonly flagged: readonly { readonly box: Box; readonly score: number }[];
}

export interface OpenWorldScores {
  /** Share of the unknown objects that were reported as unknown, 0..1; null where there are none. */
  readonly unknownRecall: number | null;
  /**
   * How much precision on known classes suffers from unknown objects, at `recallLevel`; 0 is not
   * at all. Classes that never reach that recall are left out; null where none does.
   */
  readonly wildernessImpact: number | null;
  /** Known classes that reach it, and enter the impact. */
  readonly wildernessClasses: number;
  /** Absolute open-set error: unknown objects that were reported under a known class's name. */
  readonly openSetError: number;
  readonly unknownObjects: number;
  /** Reports of unknowns at which no unknown object is, second ones of the same object included, a picture. */
  readonly falseUnknownsPerImage: number;
}

export interface OpenWorldOptions {
  /** Least IoU at which a box is the object's; default 0.5. */
  readonly iou?: number;
  /** Recall on known classes at which precision is compared; default 0.8, as in the papers. */
  readonly recallLevel?: number;
}

/**
 * Measures how a detector deals with classes nobody taught it.
 *
 * Wilderness impact: Dhamija et al., "The Overlooked Elephant of Object Detection: Open Set",
 * 2020: precision in a closed world over precision with unknown objects present, minus 1, which
 * is (false alarms on unknown objects) / (hits + other false alarms), summed over classes.
 * U-Recall and A-OSE: Joseph et al., "Towards Open World Object Detection", 2021.
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
    // An unknown object under two wrong names is one error: it is the object that is mistaken.
    (sum, image) =>
      sum +
      image.unknown.filter(({ box }) =>
        image.named.some((detection) => intersectionOverUnion(detection.box, box) >= iou),
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
 * The best unknown recall of any score threshold under which there are at most `perImage` false reports a picture on
 * average; null where there are no unknown objects. A point of the free-response curve (Bunch et al., 1977).
 */
export function unknownRecallWithin(
  images: readonly OpenWorldImage[],
  perImage: number,
  iou = 0.5,
): number | null {
  const objects = images.reduce((sum, { unknown }) => sum + unknown.length, 0);
  if (objects === 0) return null;
  const reports = images
    .flatMap(({ flagged, unknown }) => {
      const hits = matchGreedily(flagged, unknown, iou);
      return flagged.map(({ score }, i) => ({ score, hit: hits[i]! }));
    })
    .sort((a, b) => b.score - a.score);
  let found = 0;
  let best = 0;
  for (const [i, { score, hit }] of reports.entries()) {
    if (hit) found++;
    // A threshold lets in all of the same score or none.
    if (reports[i + 1]?.score === score) continue;
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
    const ranked = images
      .flatMap((image) => {
        const detections = image.named.filter(isClass(name)).sort((a, b) => b.score - a.score);
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

    // Down the ranking until the recall level is met: the operating point of the papers.
    let hits = 0;
    let onUnknown = 0;
    for (let i = 0; i < ranked.length; i++) {
      const { hit, onUnknown: mistaken } = ranked[i]!;
      if (hit) hits++;
      if (mistaken) onUnknown++;
      if (hits / objects < recallLevel) continue;
      closed += i + 1 - onUnknown;
      open += onUnknown;
      reached++;
      break;
    }
  }
  return {
    wildernessImpact: closed === 0 ? null : open / closed,
    wildernessClasses: reached,
  };
}

/** A detection, best score first: whether it takes an object that no better one took. */
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
