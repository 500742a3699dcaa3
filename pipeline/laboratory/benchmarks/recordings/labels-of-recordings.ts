import type { LabelledImage } from '../../../../operators/datasets/dataset.ts';
import { type Box, intersectionOverUnion } from '../../../../operators/foundation/geometry/box.ts';
import { isLearned, pictureOf } from '../../protocols/class-incremental.ts';
import type { StepPicture } from '../../protocols/protocol.ts';
import type { TrackedPicture } from './track-recordings.ts';

/** Minimum IoU of a track's box and a labelled one for the label to be the track's. */
const sameObject = 0.5;

/** Every frame with all its labels. */
export function everyLabel(images: readonly LabelledImage[]): readonly StepPicture[] {
  return images.map((image) => pictureOf(image));
}

/** One frame of each class with its labels, drawn at random; the other frames have none. */
export function oneLabelledFrame(
  images: readonly LabelledImage[],
  random: () => number,
): readonly StepPicture[] {
  const ofClass = new Map<string, LabelledImage[]>();
  for (const image of images) {
    for (const name of new Set(image.objects.filter(isLearned).map((object) => object.class))) {
      ofClass.set(name, [...(ofClass.get(name) ?? []), image]);
    }
  }
  const drawn = [...ofClass.values()].map((all) => all[Math.floor(random() * all.length)]!);
  return everyLabel([...new Set(drawn)]);
}

/** The track whose box overlaps this one most and with an IoU of at least 0.5; null for none. */
export function trackAt(picture: TrackedPicture, box: Box): number | null {
  const place = placeAt(picture, box);
  return place === null ? null : picture.tracks[place]!;
}

/** Index of that track's proposal. */
export function placeAt({ prediction, tracks }: TrackedPicture, box: Box): number | null {
  const overlaps = prediction.proposals.map((proposal, k) =>
    tracks[k] === null ? 0 : intersectionOverUnion(proposal.box, box),
  );
  const best = overlaps.indexOf(Math.max(0, ...overlaps));
  return best >= 0 && overlaps[best]! >= sameObject ? best : null;
}

/**
 * Carries labels along the tracks of their objects: the other frames of a labelled object's track
 * are labelled too, at the tracker's boxes. Labelled frames stay as they are.
 */
export function carryAlong(
  labelled: readonly StepPicture[],
  tracked: readonly TrackedPicture[],
): readonly StepPicture[] {
  const given = new Map(labelled.map((picture) => [picture.image, picture]));
  const labelOf = new Map<number, string>();
  for (const picture of tracked) {
    for (const { box, label } of given.get(picture.image)?.boxes ?? []) {
      const track = trackAt(picture, box);
      if (label !== null && track !== null) labelOf.set(track, label);
    }
  }
  const carried = tracked.flatMap(({ image, prediction, tracks }): StepPicture[] => {
    if (given.has(image)) return [];
    const boxes = prediction.proposals.flatMap(({ box }, k) => {
      const label = tracks[k] === null ? undefined : labelOf.get(tracks[k]!);
      return label === undefined ? [] : [{ box, label }];
    });
    return boxes.length === 0 ? [] : [{ image, boxes, ignore: [] }];
  });
  return [...labelled, ...carried];
}
