import { moveBox, regressBox } from '../../../operators/detect/heads/box-regression.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import type { Observation } from '../../../operators/detect/detected-frame.ts';
import { cropEmbeddingLength } from '../../../operators/detect/engines/engine.ts';
import { keepApart } from '../../../operators/detect/observe.ts';
import { scoreCrop, scoreObject } from '../../../operators/detect/heads/score.ts';
import { nameTrack } from '../../../operators/track/recognise-track.ts';
import type { LabelledImage } from '../../../operators/datasets/labelled-set.ts';
import type { TrackName } from '../../../operators/track/track.ts';
import type { EmbeddedPicture } from './protocol.ts';

/** A place in a still picture, called what the live pipeline would call a track that was seen there once. */
export interface NamedPlace extends Pick<
  Observation,
  'box' | 'objectness' | 'baseScore' | 'baseShare'
> {
  readonly name: TrackName | null;
  readonly observation: Observation;
}

/** Two boxes that overlap by more are one place on live frames. */
export const maxOverlap = 0.6;

/**
 * What is in a picture, each place named once, by the base model or by the head (see name-track.ts), strongest
 * first. What the head names ends where the head reads from the look that it does. Of the proposals, overlapping ones are left out as on live frames, and those below `minObjectness`.
 */
export function namePlaces(
  { proposals, looks }: EmbeddedPicture,
  head: Head,
  minObjectness: number,
  picture: Pick<LabelledImage, 'width' | 'height'>,
): NamedPlace[] {
  const lookOf = new Map(
    proposals.map((proposal, i) => [
      // What survives another may have taken over its base name; its latent stays its own.
      proposal.latent,
      looks?.subarray(i * cropEmbeddingLength, (i + 1) * cropEmbeddingLength),
    ]),
  );
  return keepApart(proposals, maxOverlap)
    .filter(({ objectness }) => objectness >= minObjectness)
    .map((observation) => {
      const { box, objectness, baseClass, baseScore, baseShare, latent } = observation;
      const look = lookOf.get(latent);
      const lookScores = look === undefined ? null : scoreCrop(head, look);
      const { classes, thresholds } = head;
      const scores = classes.length === 0 ? [] : scoreObject(head, latent, lookScores);
      const name = nameTrack(
        { class: baseClass, score: baseScore },
        { classes, scores, thresholds, lookScores, readsLooks: head.crop !== null },
      );
      const learned = name?.by === 'learned' && look !== undefined;
      return {
        box: learned ? moveBox(box, regressBox(head, look), picture) : box,
        ...{ objectness, baseScore, baseShare, name, observation },
      };
    });
}
