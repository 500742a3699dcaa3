import { intersectionOverUnion, type Box } from '../foundation/geometry/box.ts';

/** One picture, with its objects of learned classes and of all others. */
export interface OwodImage {
  readonly known: readonly {
    readonly class: string;
    readonly box: Box;
    /** Neither a hit nor a miss counts. */
    readonly difficult?: boolean;
  }[];
  /** Difficult ones included, as there. */
  readonly unknown: readonly { readonly box: Box }[];
  /** Detections of learned classes. */
  readonly detections: readonly {
    readonly class: string;
    readonly box: Box;
    readonly score: number;
  }[];
}

export interface OwodScores {
  /** A-OSE: detections on unknown objects, summed over learned classes. */
  readonly openSetErrors: number;
  /**
   * Detections on unknown objects divided by all true and false positives, those on unknown objects
   * included; 0 is best. Null where no class has both objects and detections.
   */
  readonly wildernessImpact: number | null;
}

export interface OwodOptions {
  /** Detections below it do not count. Default 0.05, Detectron2's test threshold. */
  readonly scoreMin?: number;
  /** Recall at which wilderness impact is read. Default 0.8. */
  readonly recallLevel?: number;
}

/** A detection counts for an object if their IoU is larger. */
const iou = 0.5;

/**
 * Scores open-world detection as the code of Joseph et al., "Towards Open World Object Detection",
 * 2021, does (github.com/JosephKJ/OWOD, `detectron2/evaluation/pascal_voc_evaluation.py`), whose
 * figures other papers compare with. It differs from the definitions in `openWorldScores`:
 *
 * - A-OSE counts detections and not objects: an object that two classes, or one class twice, are
 *   detected on counts twice, and one that is detected correctly beside it still counts.
 * - Wilderness impact has the false positives on unknown objects in its denominator too, so that at
 *   the same ranks it is w / (1 + w), where w is that of Dhamija et al., 2020; a class that never
 *   reaches the recall level counts at the rank that comes closest to it.
 *
 * Detections are matched as in VOC's devkit: each with the object of its class that it overlaps
 * most, which is a false positive if that one is taken. IoUs are of boxes in continuous
 * coordinates, without the pixel that the devkit adds to each side.
 */
export function owodScores(
  images: readonly OwodImage[],
  { scoreMin = 0.05, recallLevel = 0.8 }: OwodOptions = {},
): OwodScores {
  const classes = new Set([
    ...images.flatMap(({ known }) => known.map((object) => object.class)),
    ...images.flatMap(({ detections }) => detections.map((detection) => detection.class)),
  ]);
  let openSetErrors = 0;
  let onUnknown = 0;
  let positives = 0;
  for (const name of classes) {
    const { objects, ranked } = rank(images, name, scoreMin);
    openSetErrors += ranked.filter((detection) => detection.onUnknown).length;
    if (objects === 0 || ranked.length === 0) continue;
    const point = closestTo(recallLevel, ranked, objects);
    onUnknown += point.onUnknown;
    positives += point.positives;
  }
  return { openSetErrors, wildernessImpact: positives === 0 ? null : onUnknown / positives };
}

interface RankedDetection {
  readonly score: number;
  /** Null: on a difficult object, which does not count. */
  readonly hit: boolean | null;
  readonly onUnknown: boolean;
}

/** One class's detections in all pictures, best first, and the number of its objects. */
function rank(images: readonly OwodImage[], name: string, scoreMin: number) {
  const ofClass = (item: { readonly class: string }): boolean => item.class === name;
  const ranked = images
    .flatMap(({ known, unknown, detections }) => {
      const objects = known.filter(ofClass);
      const taken = new Set<number>();
      return detections
        .filter((detection) => ofClass(detection) && detection.score >= scoreMin)
        .sort((a, b) => b.score - a.score)
        .map(({ box, score }): RankedDetection => {
          const best = mostOverlapping(box, objects);
          const isFree = best !== null && !taken.has(best);
          const hit = best !== null && objects[best]!.difficult === true ? null : isFree;
          if (hit === true) taken.add(best!);
          return { score, hit, onUnknown: mostOverlapping(box, unknown) !== null };
        });
    })
    .sort((a, b) => b.score - a.score);
  const objects = images.reduce(
    (sum, { known }) => sum + known.filter((each) => ofClass(each) && !each.difficult).length,
    0,
  );
  return { ranked, objects };
}

/** Counts up to the first rank whose recall is closest to a level. */
function closestTo(level: number, ranked: readonly RankedDetection[], objects: number) {
  let hits = 0;
  let positives = 0;
  let onUnknown = 0;
  let closest = { distance: Infinity, positives: 0, onUnknown: 0 };
  for (const detection of ranked) {
    if (detection.hit === true) hits++;
    if (detection.hit !== null) positives++;
    if (detection.onUnknown) onUnknown++;
    const distance = Math.abs(hits / objects - level);
    if (distance < closest.distance) closest = { distance, positives, onUnknown };
  }
  return closest;
}

/** Index of the object that a box overlaps most; null where no IoU is above 0.5. */
function mostOverlapping(box: Box, objects: readonly { readonly box: Box }[]): number | null {
  let best: number | null = null;
  let most = iou;
  for (const [i, object] of objects.entries()) {
    const overlap = intersectionOverUnion(box, object.box);
    if (overlap <= most) continue;
    most = overlap;
    best = i;
  }
  return best;
}
