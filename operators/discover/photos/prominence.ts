import { areaOf, type Box, centreOf } from '../../foundation/geometry/box.ts';

/** A box of a photo that may show its object. */
export interface Candidate {
  /** In pixels of the photo. */
  readonly box: Box;
  /** How much the detector takes it for an object, 0 to 1. */
  readonly objectness: number;
}

/** The size of a photo in pixels. */
export interface PhotoSize {
  readonly width: number;
  readonly height: number;
}

/** How much larger boxes are preferred: the power of their share of the photo. */
const sizePower = 0.2;
/** How much boxes in the middle are preferred; see {@link prominence}. */
const centrality = 4;
const objectnessMin = 1e-3;

/**
 * How prominent a box is in its photo, as the logarithm of objectness × size × centrality.
 *
 * Size is the box's share of the photo to the power of 0.2, so that a part of an object does not
 * win over the object. Centrality is a Gaussian of the distance between the centres, in sides of
 * the photo: whoever takes a photo of a thing points the camera at it.
 */
export function prominence({ box, objectness }: Candidate, { width, height }: PhotoSize): number {
  const [x, y] = centreOf(box);
  const [across, down] = [x / width - 0.5, y / height - 0.5];
  const share = Math.max(Number.EPSILON, areaOf(box) / (width * height));
  return (
    Math.log(Math.max(objectnessMin, objectness)) +
    sizePower * Math.log(share) -
    centrality * (across * across + down * down)
  );
}
