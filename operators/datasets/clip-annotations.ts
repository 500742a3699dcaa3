import type { Box } from '../foundation/geometry/box.ts';
import type {
  AnnotatedDataset,
  AnnotatedImage,
  LabelledImage,
  LabelledObject,
  Dataset,
} from './dataset.ts';
import { readPictureSize } from './load-picture.ts';

/** Pictures whose headers are read concurrently. */
const concurrentReads = 8;
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
}

/**
 * Reads the size of every picture and clips the boxes to it. Rejects with a `DatasetError` for a
 * picture that cannot be opened.
 *
 * The size in the annotation only causes a warning: many datasets state it wrong, swapped or as 0,
 * while the boxes fit the picture.
 */
export async function clipAnnotations(annotated: AnnotatedDataset): Promise<Dataset> {
  const clipped = new Correction();
  const dropped = new Correction();
  const otherSizes = new Correction();
  const unlabelled = new Correction();
  for (const path of annotated.unlabelled) unlabelled.add(path);
  const images: LabelledImage[] = [];
  for (let at = 0; at < annotated.images.length; at += concurrentReads) {
    const batch = annotated.images.slice(at, at + concurrentReads);
    const sizes = await Promise.all(batch.map(({ path }) => readPictureSize(path)));
    batch.forEach((image, i) => {
      const { width, height } = sizes[i]!;
      images.push(clipImage(image, width, height, { clipped, dropped, otherSizes }));
    });
  }
  const warnings = [
    unlabelled.warning('pictures have no label file and count as empty'),
    clipped.warning('boxes exceed their picture and were clipped'),
    dropped.warning('boxes have no area inside their picture and were dropped'),
    otherSizes.warning('pictures have another size than their annotation states'),
  ].filter((warning) => warning !== null);
  return {
    classes: annotated.classes,
    images,
    warnings: [...annotated.warnings, ...warnings],
    mended: {
      clippedBoxes: clipped.count,
      droppedBoxes: dropped.count,
      otherSizes: otherSizes.count,
      unlabelledImages: unlabelled.count,
    },
  };
}

function clipImage(
  { id, path, stated, objects, relative }: AnnotatedImage,
  width: number,
  height: number,
  { clipped, dropped, otherSizes }: Corrections,
): LabelledImage {
  if (stated !== null && (stated.width !== width || stated.height !== height)) {
    otherSizes.add(`${path} is ${width}×${height}, not ${stated.width}×${stated.height}`);
  }
  const inside = objects.flatMap((object): LabelledObject[] => {
    const annotated = relative ? scale(object.box, width, height) : object.box;
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
