import type { LabelledImage, LabelledSet } from '../../../../operators/datasets/labelled-set.ts';
import { compareNames } from '../../../../operators/datasets/picture-files.ts';

/**
 * Divides a training set for tuning: of every class with several recordings the last is judged, the rest is learned.
 *
 * A recording is a run of pictures, in the order of their ids, whose ids are numbers at most `gapMax` apart and whose
 * first objects are of one class.
 *
 * @throws {RangeError} where an id is no number, since then nothing tells recordings apart.
 */
export function tuningSplit(
  set: LabelledSet,
  gapMax: number,
): { readonly learn: LabelledSet; readonly judge: LabelledSet } {
  const recordings: { readonly class: string; readonly images: LabelledImage[] }[] = [];
  let last = NaN;
  for (const image of set.images.toSorted((a, b) => compareNames(a.id, b.id))) {
    const number = Number(image.id);
    if (!Number.isInteger(number)) throw new RangeError(`picture ${image.id}: expected a number`);
    const { class: name } = image.objects[0] ?? { class: '' };
    const recording = recordings.at(-1);
    if (recording?.class === name && number - last <= gapMax) recording.images.push(image);
    else recordings.push({ class: name, images: [image] });
    last = number;
  }
  const lastOf = new Map(recordings.map((recording) => [recording.class, recording]));
  const firstOf = new Map(recordings.toReversed().map((recording) => [recording.class, recording]));
  const several = [...lastOf.values()].filter((own) => own !== firstOf.get(own.class));
  const judged = new Set(several.flatMap(({ images }) => images));
  const part = (isJudged: boolean) => {
    return { ...set, images: set.images.filter((image) => judged.has(image) === isJudged) };
  };
  return { learn: part(false), judge: part(true) };
}
