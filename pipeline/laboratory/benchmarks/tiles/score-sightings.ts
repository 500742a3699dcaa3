import type { LabelledObject } from '../../../../operators/datasets/dataset.ts';
import {
  areaOf,
  type Box,
  containment,
  intersectionOverUnion,
} from '../../../../operators/foundation/geometry/box.ts';

/** A box that was published. */
export interface Sighting {
  readonly class: string;
  readonly score: number;
  readonly box: Box;
  /** Present where a tile showed it last. */
  readonly seenBy?: 'tile';
}

/** Counts over frames. */
export interface SightingCounts {
  /** Objects by size, in pixels of the picture: COCO's limits. */
  readonly small: { objects: number; found: number };
  readonly medium: { objects: number; found: number };
  readonly large: { objects: number; found: number };
  boxes: number;
  /** Boxes of an object. */
  right: number;
  /** The same of boxes that a tile showed last. */
  boxesByTile: number;
  rightByTile: number;
}

const sameObject = 0.5;
const sides = { small: 32, medium: 96 } as const;

export function emptyCounts(): SightingCounts {
  const none = () => ({ objects: 0, found: 0 });
  return {
    small: none(),
    medium: none(),
    large: none(),
    boxes: 0,
    right: 0,
    boxesByTile: 0,
    rightByTile: 0,
  };
}

/**
 * Adds a frame: each box, strongest first, is of the free object of its class with which it
 * overlaps most, by IoU 0.5 or more. Boxes in crowds, and crowds, do not count.
 */
export function addFrame(
  counts: SightingCounts,
  sightings: readonly Sighting[],
  objects: readonly LabelledObject[],
): void {
  const crowds = objects.filter(({ crowd }) => crowd);
  const wanted = objects.filter(({ crowd }) => !crowd);
  const found = new Set<LabelledObject>();
  for (const { box, class: name, seenBy } of [...sightings].sort((a, b) => b.score - a.score)) {
    const free = wanted.filter((object) => object.class === name && !found.has(object));
    const overlaps = free.map((object) => intersectionOverUnion(object.box, box));
    const best = overlaps.indexOf(Math.max(...overlaps));
    const isRight = best >= 0 && overlaps[best]! >= sameObject;
    const isInCrowd = crowds.some(
      (each) => each.class === name && containment(box, each.box) >= sameObject,
    );
    if (isRight) found.add(free[best]!);
    else if (isInCrowd) continue;
    counts.boxes++;
    counts.right += Number(isRight);
    if (seenBy === undefined) continue;
    counts.boxesByTile++;
    counts.rightByTile += Number(isRight);
  }
  for (const object of wanted) {
    const of = counts[sizeOf(object.box)];
    of.objects++;
    if (found.has(object)) of.found++;
  }
}

function sizeOf(box: Box): 'small' | 'medium' | 'large' {
  const area = areaOf(box);
  if (area < sides.small ** 2) return 'small';
  return area < sides.medium ** 2 ? 'medium' : 'large';
}

/** Shares of the counts. */
export function sharesOf(counts: SightingCounts) {
  const recall = ({ objects, found }: { objects: number; found: number }) => found / objects;
  return {
    small: recall(counts.small),
    medium: recall(counts.medium),
    large: recall(counts.large),
    precision: counts.right / counts.boxes,
    precisionByTile: counts.rightByTile / counts.boxesByTile,
    boxes: counts.boxes,
    boxesByTile: counts.boxesByTile,
    smallObjects: counts.small.objects,
  };
}
