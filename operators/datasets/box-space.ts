import type { PictureSize } from '../ingest/pictures/inspect-picture.ts';
import { DatasetError } from './dataset-error.ts';
import type { AnnotatedImage, BoxSpace } from './dataset.ts';

/** An annotated image and the sizes of its picture. */
export interface OpenedImage {
  readonly image: AnnotatedImage;
  readonly size: PictureSize;
}

/** How the boxes of a set are read. */
export interface BoxSpaces {
  /** The space of boxes whose format does not say for certain. */
  readonly space: BoxSpace;
  /** Whether a stated size or a box shows it; false also where no picture is turned. */
  readonly shown: boolean;
}

/** A box may exceed its picture by this many pixels, or this share of a side, and still fit. */
const excessPixels = 2;
const excessShare = 0.01;

/** Evidence of one picture for one reading, in words. */
interface Reading {
  readonly space: BoxSpace;
  readonly words: string;
}

/**
 * Decides in which pixels a set gives the boxes of pictures that have an EXIF orientation. Each
 * picture that is stored on its side may tell: by the size that its annotation states, and by boxes
 * that exceed it in one reading and fit in the other. One reading holds for the whole set: upright,
 * unless some picture tells otherwise.
 *
 * @param spec The set as the user named it.
 * @throws DatasetError `bad-file` where pictures contradict each other, or one itself.
 */
export function boxSpacesOf(opened: readonly OpenedImage[], spec: string): BoxSpaces {
  const found = new Map<BoxSpace, string>();
  for (const one of opened) {
    const { image, size } = one;
    if ((image.boxSpace ?? 'unknown') !== 'unknown' || !isOnItsSide(size)) continue;
    for (const { space, words } of readingsOf(one)) {
      if (!found.has(space)) found.set(space, `${describe(one)}: ${words}`);
    }
  }
  const [upright, stored] = [found.get('upright'), found.get('stored')];
  if (upright !== undefined && stored !== undefined) {
    throw new DatasetError(
      'bad-file',
      spec,
      `expected all boxes in upright pixels or all in stored ones, but ${upright}; and ${stored}; ` +
        'say which with #boxes=upright or #boxes=stored after the set',
    );
  }
  return {
    space: stored === undefined ? 'upright' : 'stored',
    shown: found.size > 0,
  };
}

/** Whether the upright picture has another size than the stored one. */
function isOnItsSide({ width, stored }: PictureSize): boolean {
  return width !== stored.width;
}

function describe({ image, size }: OpenedImage): string {
  const { stored } = size;
  return `${image.path} is ${size.width}×${size.height} upright, ${stored.width}×${stored.height} as stored`;
}

function readingsOf({ image, size }: OpenedImage): readonly Reading[] {
  const readings: Reading[] = [];
  const { stated, objects, relative } = image;
  const { stored } = size;
  if (stated !== null) {
    const words = (space: string): string =>
      `its annotation states ${stated.width}×${stated.height}, which is ${space}`;
    if (same(stated, size)) readings.push({ space: 'upright', words: words('upright') });
    if (same(stated, stored)) readings.push({ space: 'stored', words: words('stored') });
  }
  if (relative) return readings;
  const beyondUpright = objects.find(({ box }) => !fits(box, size));
  const beyondStored = objects.find(({ box }) => !fits(box, stored));
  if ((beyondUpright === undefined) === (beyondStored === undefined)) return readings;
  const space = beyondUpright === undefined ? 'upright' : 'stored';
  const { class: name, box } = (beyondUpright ?? beyondStored)!;
  const words = `the box ${name} at ${box.map((v) => Math.round(v)).join(',')} fits only ${space}`;
  return [...readings, { space, words }];
}

function same(a: { width: number; height: number }, b: { width: number; height: number }): boolean {
  return a.width === b.width && a.height === b.height;
}

function fits(
  box: readonly [number, number, number, number],
  { width, height }: { readonly width: number; readonly height: number },
): boolean {
  const excess = (side: number): number => Math.max(excessPixels, side * excessShare);
  return box[2] <= width + excess(width) && box[3] <= height + excess(height);
}
