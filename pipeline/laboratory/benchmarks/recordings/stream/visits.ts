import type { LabelledImage } from '../../../../../operators/datasets/dataset.ts';
import { isLearned } from '../../../protocols/class-incremental.ts';
import { trackAt } from '../labels-of-recordings.ts';
import type { TrackedPicture } from '../track-recordings.ts';

/** Successive frames of one recording, which the camera sees without a break. */
export interface Visit {
  readonly recording: string;
  readonly images: readonly LabelledImage[];
}

/** A visit of a stream, and the tracks that the live tracker found in it. */
export interface TrackedVisit {
  readonly recording: string;
  readonly pictures: readonly TrackedPicture[];
}

/**
 * Cuts every recording into `parts` visits that differ by one frame at most. A picture that names
 * no recording is one by itself, in one visit.
 */
export function cutVisits(images: readonly LabelledImage[], parts: number): readonly Visit[] {
  const recordings = new Map<string, LabelledImage[]>();
  for (const image of images) {
    const recording = image.track ?? image.id;
    recordings.set(recording, [...(recordings.get(recording) ?? []), image]);
  }
  return [...recordings].flatMap(([recording, frames]) =>
    Array.from({ length: parts }, (_, part) => ({
      recording,
      images: frames.slice(
        Math.round((part * frames.length) / parts),
        Math.round(((part + 1) * frames.length) / parts),
      ),
    })).filter((visit) => visit.images.length > 0),
  );
}

/** The one question about a track: what is this? */
export interface Question {
  /** Id of the track, unique in the stream. */
  readonly track: number;
  readonly recording: string;
  /** Index of the visit in the stream. */
  readonly visit: number;
  /** Frames of the stream up to and with the labelled look. */
  readonly askedAt: number;
  /** Class of the object at which the track looks. */
  readonly truth: string;
}

/**
 * The questions of a stream, one for each track of at least `hitsMin` frames that lies on a
 * labelled object, with an IoU of at least 0.5, in one of them: the first of these frames is the
 * labelled look. Of several tracks on one object in a frame, it is that of the best overlap. Tracks
 * that never lie on a labelled object are not asked about.
 */
export function questionsOf(visits: readonly TrackedVisit[], hitsMin: number): readonly Question[] {
  const questions: Question[] = [];
  let frames = 0;
  for (const [visit, { recording, pictures }] of visits.entries()) {
    const hits = new Map<number, number>();
    for (const { tracks } of pictures) {
      for (const id of tracks) if (id !== null) hits.set(id, (hits.get(id) ?? 0) + 1);
    }
    const asked = new Set<number>();
    for (const picture of pictures) {
      frames++;
      for (const { class: truth, box } of picture.image.objects.filter(isLearned)) {
        const track = trackAt(picture, box);
        if (track === null || asked.has(track) || hits.get(track)! < hitsMin) continue;
        asked.add(track);
        questions.push({ track, recording, visit, askedAt: frames, truth });
      }
    }
  }
  return questions;
}
