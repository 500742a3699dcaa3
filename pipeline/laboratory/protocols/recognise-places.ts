import { moveBox, regressBox } from '../../../operators/detect/heads/box-regression.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import type { Observation } from '../../../operators/detect/detected-frame.ts';
import { suppressOverlaps } from '../../../operators/detect/observe.ts';
import { scoreCrop, scoreObject } from '../../../operators/detect/heads/score.ts';
import { recogniseTrack } from '../../../operators/track/recognise-track.ts';
import type { LabelledImage } from '../../../operators/datasets/dataset.ts';
import type { Recognition } from '../../../operators/track/track.ts';
import type { PicturePrediction } from './protocol.ts';

/** A place in a still image with the label that the live pipeline would give a new track there. */
export interface RecognisedPlace extends Pick<
  Observation,
  'box' | 'objectness' | 'baseScore' | 'baseShare'
> {
  readonly recognition: Recognition | null;
  readonly observation: Observation;
}

/** IoU above which two boxes are the same place on live frames. */
export const maxOverlap = 0.6;

/**
 * Labels every place of an image once, by the backbone or by the head (see recognise-track.ts),
 * strongest first. Boxes of learned labels are refined by the head's box regression. Overlapping
 * proposals are removed as on live frames, and so are those below `minObjectness`.
 */
export function recognisePlaces(
  { proposals, embeddings }: PicturePrediction,
  head: Head,
  minObjectness: number,
  picture: Pick<LabelledImage, 'width' | 'height'>,
): RecognisedPlace[] {
  const length = (embeddings?.length ?? 0) / Math.max(1, proposals.length);
  const embeddingOf = new Map(
    proposals.map((proposal, i) => [
      // A surviving proposal may have taken over the base class of another; its latent is unique.
      proposal.latent,
      embeddings?.subarray(i * length, (i + 1) * length),
    ]),
  );
  return suppressOverlaps(proposals, maxOverlap)
    .filter(({ objectness }) => objectness >= minObjectness)
    .map((observation) => {
      const { box, objectness, baseClass, baseScore, baseShare, latent } = observation;
      const embedding = embeddingOf.get(latent);
      const cropScores = embedding === undefined ? null : scoreCrop(head, embedding);
      const { classes, thresholds } = head;
      const scores = classes.length === 0 ? [] : scoreObject(head, latent, cropScores);
      const recognition = recogniseTrack(
        { class: baseClass, score: baseScore },
        { classes, scores, thresholds, cropScores, usesCrops: head.crop !== null },
      );
      const refined = recognition?.by === 'learned' && embedding !== undefined;
      return {
        box: refined ? moveBox(box, regressBox(head, embedding), picture) : box,
        objectness,
        baseScore,
        baseShare,
        recognition,
        observation,
      };
    });
}
