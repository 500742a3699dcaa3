import type { LabelledImage } from '../../../../operators/datasets/dataset.ts';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import { scoreCrop } from '../../../../operators/detect/heads/score.ts';
import type { ClassifiedBox } from '../../../../operators/measure/evaluate.ts';
import { MeanLook } from './mean-look.ts';
import { Tracker } from '../../../../operators/track/tracker.ts';
import { scoreProposals } from '../../../batch/score-proposals.ts';
import type { PicturePrediction, PicturePredictor } from '../../protocols/protocol.ts';

/** Time between two frames, in ms: the recordings do not say theirs. */
const frameMs = 1000 / 15;

/** One frame of a recording, its proposals and the tracks that they belong to. */
export interface TrackedPicture {
  readonly image: LabelledImage;
  readonly prediction: PicturePrediction;
  /** One per proposal: the track's id, unique over all recordings, or null for one on no track. */
  readonly tracks: readonly (number | null)[];
}

/**
 * Predicts the frames of recordings in order and tracks their proposals with the live tracker, anew
 * for every recording (`track` of the picture). Ids count from `firstId`.
 */
export async function trackRecordings(
  predictor: PicturePredictor,
  images: readonly LabelledImage[],
  head: Head,
  firstId = 1,
): Promise<readonly TrackedPicture[]> {
  const tracked: TrackedPicture[] = [];
  let tracker = new Tracker({ firstId });
  for (const [i, image] of images.entries()) {
    const before = images[i - 1];
    if (before === undefined || image.track === undefined || before.track !== image.track) {
      tracker = new Tracker({ firstId: tracker.nextId });
    }
    const prediction = await predictor.predict(image, head);
    const { tracks } = tracker.update(prediction.proposals, i * frameMs, head);
    const idOf = new Map(tracks.map(({ observation, id }) => [observation, id]));
    const ids = prediction.proposals.map((proposal) => idOf.get(proposal) ?? null);
    tracked.push({ image, prediction, tracks: ids });
  }
  return tracked;
}

/**
 * What names a proposal: `frame` its own crop, whether it is on a track or not; `on-track` its own
 * crop, of those on tracks; `so-far` all crops of its track up to this frame, as in the live
 * pipeline; `whole` all crops of its track, as is known once the track has ended.
 */
export const namings = ['frame', 'on-track', 'so-far', 'whole'] as const;
export type Naming = (typeof namings)[number];

/** Detections of the head's classes in every frame, by the picture's id. */
export function nameObjects(
  pictures: readonly TrackedPicture[],
  head: Head,
  naming: Naming,
): ReadonlyMap<string, readonly ClassifiedBox[]> {
  const looks = looksOf(pictures, head, naming);
  return new Map(
    pictures.map(({ image, prediction: { proposals, embeddings } }, i) => {
      const size = { sourceWidth: image.width, sourceHeight: image.height };
      return [image.id, scoreProposals(head, proposals, embeddings, size, looks[i])];
    }),
  );
}

function ownLooks({ proposals, embeddings }: PicturePrediction): Float32Array[] {
  const length = (embeddings?.length ?? 0) / Math.max(1, proposals.length);
  return proposals.map((_, k) => embeddings!.subarray(k * length, (k + 1) * length));
}

/** Per picture and proposal the embedding that names it, null for one that is left out. */
function looksOf(
  pictures: readonly TrackedPicture[],
  head: Head,
  naming: Naming,
): (Float32Array | null)[][] {
  const own = pictures.map(({ prediction }) => ownLooks(prediction));
  if (naming === 'frame') return own;
  const means = new Map<number, MeanLook>();
  const soFar = pictures.map(({ tracks }, i) =>
    tracks.map((id, k) => {
      if (id === null) return null;
      if (naming === 'on-track') return own[i]![k]!;
      const mean = means.get(id) ?? new MeanLook(naming === 'whole' ? { newestShareMin: 0 } : {});
      means.set(id, mean);
      mean.add(own[i]![k]!, (look) => scoreCrop(head, look));
      return mean.mean;
    }),
  );
  if (naming !== 'whole') return soFar;
  return pictures.map(({ tracks }) =>
    tracks.map((id) => (id === null ? null : means.get(id)!.mean)),
  );
}
