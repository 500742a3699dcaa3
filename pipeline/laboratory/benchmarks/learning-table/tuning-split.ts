import type { LabelledImage, Dataset } from '../../../../operators/datasets/dataset.ts';
import { codeUnitOrder } from '../../../../operators/foundation/files/code-unit-order.ts';

/**
 * Splits a training set for tuning: the last recording of every class with several is held out for
 * validation, the rest is learned.
 *
 * A recording is a run of images in the order of their ids, whose ids are numbers at most `gapMax`
 * apart and whose first objects have the same class.
 *
 * @throws {RangeError} for an id that is not a number, since recordings can't be separated then.
 */
export function tuningSplit(
  set: Dataset,
  gapMax: number,
): { readonly learned: Dataset; readonly validation: Dataset } {
  const recordings: { readonly class: string; readonly images: LabelledImage[] }[] = [];
  let last = NaN;
  for (const image of set.images.toSorted((a, b) => codeUnitOrder(a.id, b.id))) {
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
  const heldOut = new Set(
    [...lastOf.values()]
      .filter((recording) => recording !== firstOf.get(recording.class))
      .flatMap(({ images }) => images),
  );
  const part = (isHeldOut: boolean) => ({
    ...set,
    images: set.images.filter((image) => heldOut.has(image) === isHeldOut),
  });
  return { learned: part(false), validation: part(true) };
}
