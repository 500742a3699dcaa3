import type { LabelledImage } from '../../../operators/datasets/dataset.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import {
  type ClassifiedBox,
  classInImages,
  evaluate,
} from '../../../operators/measure/evaluate.ts';
import {
  type AveragePrecision,
  outcomesAt50,
  type RankedOutcomes,
} from '../../../operators/measure/average-precision.ts';
import type { PicturePredictor } from './protocol.ts';

/** Average precision per class, for classes that have objects in the images. */
export type ClassScores = Readonly<Record<string, AveragePrecision>>;

/** Detections of a head's classes in each image, by its id; base detections are left out. */
export type Detections = ReadonlyMap<string, readonly ClassifiedBox[]>;

/** Runs a head over all images. */
export async function detectClasses(
  predictor: PicturePredictor,
  images: readonly LabelledImage[],
  head: Head,
  signal: AbortSignal,
): Promise<Detections> {
  const detections = new Map<string, readonly ClassifiedBox[]>();
  for (const image of images) {
    signal.throwIfAborted();
    const { learned } = await predictor.predict(image, head);
    detections.set(image.id, learned);
  }
  return detections;
}

/** Evaluates a head's classes over all images; base detections are left out. */
export async function scoreClasses(
  predictor: PicturePredictor,
  images: readonly LabelledImage[],
  head: Head,
  signal: AbortSignal,
): Promise<ClassScores> {
  return evaluate(images, await detectClasses(predictor, images, head, signal)).perClass;
}

/** For each class that has objects in the images, its detections after matching. */
export type ClassOutcomes = ReadonlyMap<string, RankedOutcomes>;

/** Matches the detections of these classes; those without objects are left out. */
export function outcomesOf(
  images: readonly LabelledImage[],
  detections: Detections,
  classes: readonly string[],
): ClassOutcomes {
  return new Map(
    classes
      .map((name) => [name, outcomesAt50(classInImages(images, detections, name))] as const)
      .filter(([, { objects }]) => objects.some((count) => count > 0)),
  );
}

/** Mean over those of the `classes` that have objects; null where none has. */
export function meanOver(
  scores: ClassScores,
  classes: readonly string[],
  which: 'ap50' | 'ap',
): number | null {
  const values = classes.flatMap((name) => {
    const classScores = scores[name];
    return classScores === undefined ? [] : [classScores[which]];
  });
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
