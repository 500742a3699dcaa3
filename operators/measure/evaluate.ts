import type { Box } from '../foundation/geometry/box.ts';
import { averagePrecision, type AveragePrecision } from './average-precision.ts';

/** One picture's annotations; {@link Box}es in pixels of the picture. */
export interface TruthImage {
  readonly id: string;
  readonly objects: readonly {
    readonly class: string;
    readonly box: Box;
    readonly difficult?: boolean;
    readonly crowd?: boolean;
  }[];
}

/** One detection, box in pixels of the same picture. */
export interface ClassifiedBox {
  readonly class: string;
  readonly box: Box;
  readonly score: number;
}

/** How well a detector does on an annotated set. */
export interface Evaluation {
  readonly images: number;
  /** Mean over the classes that have objects; null where no class has any. */
  readonly ap50: number | null;
  readonly ap: number | null;
  /** The classes that have objects, in the order of first appearance. */
  readonly perClass: Readonly<Record<string, AveragePrecision>>;
}

/**
 * Scores detections against an annotated set, class by class, by COCO's measure.
 *
 * `detections` holds a list per image id; an image without an entry has none. Detections of
 * classes that the set does not annotate are left out: nobody can say whether they are right.
 * Detections for an image that is not in the set throw a RangeError, since dropping them
 * in silence would hide a mix-up of ids; so do scores and boxes that are not finite.
 */
export function evaluate(
  images: readonly TruthImage[],
  detections: ReadonlyMap<string, readonly ClassifiedBox[]>,
): Evaluation {
  const ids = new Set(images.map(({ id }) => id));
  for (const [id, found] of detections) {
    if (!ids.has(id)) throw new RangeError(`detections for image "${id}", which is not in the set`);
    if (!found.every(({ score, box }) => [score, ...box].every(Number.isFinite))) {
      throw new RangeError(`a detection for image "${id}" has a score or box that is not finite`);
    }
  }

  const classes = new Set(images.flatMap(({ objects }) => objects.map((object) => object.class)));
  const perClass: Record<string, AveragePrecision> = Object.create(null) as typeof perClass;
  for (const name of classes) {
    const result = averagePrecision(
      images.map((image) => ({
        truths: image.objects
          .filter((object) => object.class === name)
          .map(({ box, difficult = false, crowd = false }) => ({ box, ignore: difficult, crowd })),
        detections: (detections.get(image.id) ?? []).filter((found) => found.class === name),
      })),
    );
    if (result !== null) perClass[name] = result;
  }

  const scored = Object.values(perClass);
  return {
    images: images.length,
    ap50: mean(scored.map(({ ap50 }) => ap50)),
    ap: mean(scored.map(({ ap }) => ap)),
    perClass,
  };
}

function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
