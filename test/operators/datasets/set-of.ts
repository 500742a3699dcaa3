import type { Dataset, LabelledImage } from '../../../operators/datasets/dataset.ts';

/** The counts of a set in which nothing had to be mended. */
export const nothingMended: Dataset['mended'] = {
  clippedBoxes: 0,
  droppedBoxes: 0,
  otherSizes: 0,
  unlabelledImages: 0,
  turnedImages: 0,
  brokenPictures: 0,
};

/** A set of images, its classes in alphabetical order. */
export function setOf(images: readonly LabelledImage[]): Dataset {
  const names = images.flatMap(({ objects }) => objects.map((object) => object.class));
  const classes = [...new Set(names)].sort();
  return { classes, images, warnings: [], skipped: [], mended: nothingMended };
}
