import { intersectionOverUnion } from '../foundation/geometry/box.ts';
import { naturalOrder } from '../foundation/files/natural-order.ts';
import type { TruthImage } from './evaluate.ts';

/** IoU from which objects of one class in successive pictures are taken for one object. */
const sameObject = 0.5;

/**
 * Groups pictures that are not independent of each other: by their tracks where all of them name
 * one, and otherwise those that show the same objects: of two successive ids, in natural order,
 * that have an object of the same class at the same place, both are in one group. What is estimated
 * from frames of recordings is resampled by groups. Photos of one class that fill their pictures
 * alike are grouped as well, which makes intervals wider.
 *
 * Returns the indices of the pictures of each group.
 */
export function sequencesOf(images: readonly TruthImage[]): readonly (readonly number[])[] {
  if (images.length > 0 && images.every(({ track }) => track !== undefined)) {
    return byTrack(images);
  }
  const order = [...images.keys()].sort((a, b) => naturalOrder(images[a]!.id, images[b]!.id));
  const groups: number[][] = [];
  for (const [i, index] of order.entries()) {
    const before = i === 0 ? undefined : images[order[i - 1]!];
    if (before !== undefined && showsSame(before, images[index]!)) groups.at(-1)!.push(index);
    else groups.push([index]);
  }
  return groups;
}

function byTrack(images: readonly TruthImage[]): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  for (const [i, { track = '' }] of images.entries()) {
    groups.set(track, [...(groups.get(track) ?? []), i]);
  }
  return [...groups.values()];
}

function showsSame(before: TruthImage, after: TruthImage): boolean {
  return before.objects.some((object) =>
    after.objects.some(
      (other) =>
        other.class === object.class && intersectionOverUnion(other.box, object.box) >= sameObject,
    ),
  );
}
