import type { LabelledImage } from '../../../operators/datasets/dataset.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { type ClassifiedBox, evaluate } from '../../../operators/measure/evaluate.ts';
import type { AveragePrecision } from '../../../operators/measure/average-precision.ts';
import type { PicturePredictor } from './protocol.ts';

/** Average precision per class, for classes that have objects in the images. */
export type ClassScores = Readonly<Record<string, AveragePrecision>>;

/** Evaluates a head's classes over all images; base detections are left out. */
export async function scoreClasses(
  predictor: PicturePredictor,
  images: readonly LabelledImage[],
  head: Head,
  signal: AbortSignal,
): Promise<ClassScores> {
  const detections = new Map<string, readonly ClassifiedBox[]>();
  for (const image of images) {
    signal.throwIfAborted();
    const { learned } = await predictor.predict(image, head);
    detections.set(image.id, learned);
  }
  return evaluate(images, detections).perClass;
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
