import type { Box } from '../foundation/geometry/box.ts';
import { averagePrecision, type AveragePrecision, type ClassInImage } from './average-precision.ts';

/** One picture's annotations; {@link Box}es in pixels of the picture. */
export interface TruthImage {
  readonly id: string;
  readonly objects: readonly {
    readonly class: string;
    readonly box: Box;
    readonly difficult?: boolean;
    readonly crowd?: boolean;
  }[];
  /** Name of the recording or object that the picture is one of several of. */
  readonly track?: string;
}

/** One detection, box in pixels of the same picture. */
export interface ClassifiedBox {
  readonly class: string;
  readonly box: Box;
  readonly score: number;
}

/** Scores of a detector on an annotated set. */
export interface Evaluation {
  readonly images: number;
  /** Mean over the classes that have objects; null if no class has any. */
  readonly ap50: number | null;
  readonly ap: number | null;
  /** The classes that have objects, in the order of first appearance. */
  readonly perClass: Readonly<Record<string, AveragePrecision>>;
}

/**
 * Scores detections against an annotated set, class by class, with COCO's average precision.
 *
 * `detections` maps an image id to its detections; a missing entry means none. Detections of
 * classes without annotations are ignored, since they cannot be verified.
 *
 * @throws RangeError for detections of an image that is not in the set, which would otherwise hide
 *   mixed-up ids, and for scores and boxes that are not finite.
 */
export function evaluate(
  images: readonly TruthImage[],
  detections: ReadonlyMap<string, readonly ClassifiedBox[]>,
): Evaluation {
  const ids = new Set(images.map(({ id }) => id));
  for (const [id, boxes] of detections) {
    if (!ids.has(id)) throw new RangeError(`detections for image "${id}", which is not in the set`);
    if (!boxes.every(({ score, box }) => [score, ...box].every(Number.isFinite))) {
      throw new RangeError(`a detection for image "${id}" has a score or box that is not finite`);
    }
  }

  const classes = new Set(images.flatMap(({ objects }) => objects.map((object) => object.class)));
  const perClass: Record<string, AveragePrecision> = Object.create(null) as typeof perClass;
  for (const name of classes) {
    const result = averagePrecision(classInImages(images, detections, name));
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

/** One class's annotations and detections in each picture, in order. */
export function classInImages(
  images: readonly TruthImage[],
  detections: ReadonlyMap<string, readonly ClassifiedBox[]>,
  name: string,
): readonly ClassInImage[] {
  return images.map((image) => ({
    truths: image.objects
      .filter((object) => object.class === name)
      .map(({ box, difficult = false, crowd = false }) => ({ box, ignore: difficult, crowd })),
    detections: (detections.get(image.id) ?? []).filter((box) => box.class === name),
  }));
}

function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
