import type { LabelledImage } from '../../../../../operators/datasets/dataset.ts';
import type { Head } from '../../../../../operators/detect/heads/head.ts';
import type { RankedOutcomes } from '../../../../../operators/measure/average-precision.ts';
import type { ClassifiedBox } from '../../../../../operators/measure/evaluate.ts';
import { scoreProposals } from '../../../../batch/score-proposals.ts';
import { outcomesOf } from '../../../protocols/class-scores.ts';
import type { PicturePrediction, PicturePredictor } from '../../../protocols/protocol.ts';

/**
 * Per head the outcomes of each of these classes that has objects in the pictures, by single
 * frames. Heads of equal objectness propose the same boxes, which are embedded once, and a head
 * that occurs several times is judged once.
 */
export async function judgeHeads(
  predictor: PicturePredictor,
  images: readonly LabelledImage[],
  heads: readonly Head[],
  classes: readonly string[],
): Promise<readonly (readonly RankedOutcomes[])[]> {
  const all = [...new Set(heads)];
  const keys = all.map(({ crop, objectness: { weights, bias } }) => {
    return `${crop !== null} ${bias} ${weights.join()}`;
  });
  const detections = all.map(() => new Map<string, readonly ClassifiedBox[]>());
  for (const image of images) {
    const size = { sourceWidth: image.width, sourceHeight: image.height };
    const known = new Map<string, PicturePrediction>();
    for (const [i, head] of all.entries()) {
      const before = known.get(keys[i]!);
      if (before === undefined) {
        const prediction = await predictor.predict(image, head);
        known.set(keys[i]!, prediction);
        detections[i]!.set(image.id, prediction.learned);
        continue;
      }
      const { proposals, embeddings } = before;
      detections[i]!.set(image.id, scoreProposals(head, proposals, embeddings, size));
    }
  }
  const outcomes = detections.map((each) => [...outcomesOf(images, each, classes).values()]);
  return heads.map((head) => outcomes[all.indexOf(head)]!);
}
