import type { Box } from '../foundation/geometry/box.ts';
import type { AnnotatedSet, LabelledImage, LabelledObject, LabelledSet } from './labelled-set.ts';
import { openPicture } from './open-picture.ts';
import { SetError } from './set-error.ts';

/** Pictures whose headers are read at the same time. */
const readsAtOnce = 8;
/** A box may exceed the picture by this much in pixels without being counted: rounding. */
const rounding = 0.5;
/** A box narrower or lower than this many pixels holds nothing to learn from. */
const sideMin = 0.5;

/** Counts one kind of mending and remembers where it was first needed. */
interface Tally {
  count: number;
  first: string;
}

/**
 * Reads every picture's real size and cuts the boxes to it. The annotation's size is only
 * compared: sets state it wrong, swapped or as 0, and boxes are drawn on the picture.
 * Rejects with a {@link SetError} for a picture that can't be opened.
 */
export async function finishImages(annotated: AnnotatedSet): Promise<LabelledSet> {
  const { classes, unlabelled } = annotated;
  const clipped: Tally = { count: 0, first: '' };
  const dropped: Tally = { count: 0, first: '' };
  const otherSizes: Tally = { count: 0, first: '' };
  const images: LabelledImage[] = [];
  for (let at = 0; at < annotated.images.length; at += readsAtOnce) {
    const batch = annotated.images.slice(at, at + readsAtOnce);
    const sizes = await Promise.all(batch.map(({ path }) => readSize(path)));
    batch.forEach((image, i) => {
      const { width, height } = sizes[i]!;
      const { id, path, stated } = image;
      if (stated !== null && (stated.width !== width || stated.height !== height)) {
        tally(otherSizes, `${path} is ${width}×${height}, not ${stated.width}×${stated.height}`);
      }
      const objects = image.objects.flatMap((object): LabelledObject[] => {
        const drawn = image.relative ? scale(object.box, width, height) : object.box;
        const box = clip(drawn, width, height);
        const where = `${object.class} at ${drawn.map((v) => Math.round(v)).join(',')} in ${path}`;
        if (box[2] - box[0] < sideMin || box[3] - box[1] < sideMin) {
          tally(dropped, where);
          return [];
        }
        if (box.some((value, side) => Math.abs(value - drawn[side]!) > rounding)) {
          tally(clipped, where);
        }
        return [{ ...object, box }];
      });
      images.push({ id, path, width, height, objects });
    });
  }
  const without: Tally = { count: unlabelled.length, first: unlabelled[0] ?? '' };
  const warnings = [
    ...annotated.warnings,
    warning(without, 'pictures have no file of labels and are taken to show nothing'),
    warning(clipped, 'boxes reach past their picture and were cut'),
    warning(dropped, 'boxes have no area in their picture and were left out'),
    warning(otherSizes, 'pictures have another size than their annotation says'),
  ].filter((line) => line !== null);
  return {
    classes,
    images,
    warnings,
    mended: {
      clippedBoxes: clipped.count,
      droppedBoxes: dropped.count,
      otherSizes: otherSizes.count,
      unlabelledImages: unlabelled.length,
    },
  };
}

async function readSize(path: string): Promise<{ width: number; height: number }> {
  try {
    const { width, height } = await (await openPicture(path)).metadata();
    return { width, height };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    throw new SetError('bad-picture', path, `expected a picture (${why})`, { cause });
  }
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

function tally(of: Tally, where: string): void {
  if (of.count === 0) of.first = where;
  of.count++;
}

function warning({ count, first }: Tally, what: string): string | null {
  return count === 0 ? null : `${count} ${what}, first: ${first}`;
}
