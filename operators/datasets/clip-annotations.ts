import type { Box } from '../foundation/geometry/box.ts';
import type { PictureSize } from '../ingest/pictures/inspect-picture.ts';
import { boxSpacesOf } from './box-space.ts';
import type {
  AnnotatedDataset,
  AnnotatedImage,
  BoxSpace,
  LabelledImage,
  LabelledObject,
  Dataset,
} from './dataset.ts';
import { openPictures, type OpenPicturesOptions } from './open-pictures.ts';
import { uprightBox } from './upright-box.ts';

/** A box may exceed the picture by this many pixels without a warning, due to rounding. */
const rounding = 0.5;
/** A box with a side of fewer pixels counts as without an area. */
const sideMin = 0.5;

/** Counts one kind of correction and keeps its first occurrence for the warning. */
class Correction {
  count = 0;
  #first = '';

  add(where: string): void {
    if (this.count === 0) this.#first = where;
    this.count++;
  }

  warning(problem: string): string | null {
    return this.count === 0 ? null : `${this.count} ${problem}, first: ${this.#first}`;
  }
}

interface Corrections {
  readonly clipped: Correction;
  readonly dropped: Correction;
  readonly otherSizes: Correction;
  readonly turned: Correction;
  readonly assumed: Correction;
}

export interface ClipOptions extends OpenPicturesOptions {
  /** The set as the user named it. */
  readonly spec: string;
  /** The pixels of all boxes of EXIF-turned pictures, whatever the set says. */
  readonly boxes?: BoxSpace | undefined;
}

/**
 * Opens every picture, turns boxes in stored pixels upright, and clips the boxes to their picture.
 * Rejects with a `DatasetError` for a picture that is broken, and for a set that contradicts itself
 * about the pixels of its boxes.
 *
 * Apart from that, the size in the annotation only causes a warning: many datasets state it wrong,
 * swapped or as 0, while the boxes fit the picture.
 */
export async function clipAnnotations(
  annotated: AnnotatedDataset,
  options: ClipOptions,
): Promise<Dataset> {
  const { opened, skipped } = await openPictures(annotated.images, options);
  const { space, shown } =
    options.boxes === undefined
      ? boxSpacesOf(opened, options.spec)
      : { space: options.boxes, shown: true };
  const corrections = {
    clipped: new Correction(),
    dropped: new Correction(),
    otherSizes: new Correction(),
    turned: new Correction(),
    assumed: new Correction(),
  };
  const images = opened.map(({ image, size }) => {
    const { boxSpace = 'unknown' } = image;
    const decided = boxSpace === 'unknown' ? null : boxSpace;
    const isTurned = size.orientation > 1 && image.objects.length > 0;
    if (isTurned && !shown && decided === null) corrections.assumed.add(image.path);
    return clipImage(image, size, options.boxes ?? decided ?? space, corrections);
  });
  const { clipped, dropped, otherSizes, turned, assumed } = corrections;
  const broken = new Correction();
  for (const { reason } of skipped) broken.add(reason);
  const unlabelled = new Correction();
  const left = new Set(skipped.map(({ path }) => path));
  for (const path of annotated.unlabelled) if (!left.has(path)) unlabelled.add(path);
  const warnings = [
    broken.warning('broken pictures were left out with their objects'),
    unlabelled.warning('pictures have no label file and count as empty'),
    turned.warning('pictures have boxes in stored pixels, which were turned upright with them'),
    assumed.warning(
      'pictures are turned by EXIF and nothing says whether their boxes are: they are read as ' +
        'upright (else: #boxes=stored after the set)',
    ),
    clipped.warning('boxes exceed their picture and were clipped'),
    dropped.warning('boxes have no area inside their picture and were dropped'),
    otherSizes.warning('pictures have another size than their annotation states'),
  ].filter((warning) => warning !== null);
  return {
    classes: annotated.classes,
    images,
    warnings: [...annotated.warnings, ...warnings],
    skipped,
    mended: {
      clippedBoxes: clipped.count,
      droppedBoxes: dropped.count,
      otherSizes: otherSizes.count,
      unlabelledImages: unlabelled.count,
      turnedImages: turned.count,
      brokenPictures: skipped.length,
    },
  };
}

function clipImage(
  { id, path, stated, objects, relative }: AnnotatedImage,
  { width, height, stored, orientation }: PictureSize,
  space: BoxSpace,
  { clipped, dropped, otherSizes, turned }: Corrections,
): LabelledImage {
  const isStored = space === 'stored' && orientation > 1;
  const annotatedSize = isStored ? stored : { width, height };
  if (
    stated !== null &&
    (stated.width !== annotatedSize.width || stated.height !== annotatedSize.height)
  ) {
    const size = `${annotatedSize.width}×${annotatedSize.height}`;
    otherSizes.add(`${path} is ${size}, not ${stated.width}×${stated.height}`);
  }
  if (isStored && objects.length > 0) turned.add(path);
  const inside = objects.flatMap((object): LabelledObject[] => {
    const inPixels = relative
      ? scale(object.box, annotatedSize.width, annotatedSize.height)
      : object.box;
    const annotated = isStored ? uprightBox(inPixels, orientation, stored) : inPixels;
    const box = clip(annotated, width, height);
    const where = `${object.class} at ${annotated.map((v) => Math.round(v)).join(',')} in ${path}`;
    if (box[2] - box[0] < sideMin || box[3] - box[1] < sideMin) {
      dropped.add(where);
      return [];
    }
    if (box.some((value, side) => Math.abs(value - annotated[side]!) > rounding)) {
      clipped.add(where);
    }
    return [{ ...object, box }];
  });
  return { id, path, width, height, objects: inside };
}

function clip(box: Box, width: number, height: number): Box {
  const inside = (value: number, most: number): number => Math.min(most, Math.max(0, value));
  return [
    inside(box[0], width),
    inside(box[1], height),
    inside(box[2], width),
    inside(box[3], height),
  ];
}

function scale(box: Box, width: number, height: number): Box {
  return [box[0] * width, box[1] * height, box[2] * width, box[3] * height];
}
