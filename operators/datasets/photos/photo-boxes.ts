import { z } from 'zod';
import type { Box } from '../../foundation/geometry/box.ts';
import type { Dataset } from '../dataset.ts';

/** COCO file in a folder of photos: their boxes, found by a program or drawn by somebody. */
export const photoBoxesFile = 'boxes.json';

/** A box that moved by more than this many pixels was drawn anew. */
const rounding = 1;

const foundSchema = z.looseObject({
  found: z.tuple([z.number(), z.number(), z.number(), z.number()]),
});

/**
 * A COCO document of a set of photos, for any tool that edits one. Each found box is repeated in
 * `attributes.found`, by which it is known again when nobody has moved it.
 */
export function photoBoxesOf({ images, classes }: Pick<Dataset, 'images' | 'classes'>): object {
  const objects = images.flatMap((image, i) =>
    image.objects.map((object) => ({ imageId: i + 1, object })),
  );
  return {
    info: {
      description:
        'Boxes of the photos in the folders beside this file. Correct them here, or delete a ' +
        'photo from images with its annotations to have its object found anew.',
    },
    images: images.map(({ id, width, height }, i) => ({ id: i + 1, file_name: id, width, height })),
    annotations: objects.map(({ imageId, object }, i) => {
      const bbox = bboxOf(object.box);
      return {
        id: i + 1,
        image_id: imageId,
        category_id: classes.indexOf(object.class) + 1,
        bbox,
        area: bbox[2] * bbox[3],
        iscrowd: Number(object.crowd),
        ...(object.difficult && { ignore: 1 }),
        ...(object.boxOrigin !== undefined && { attributes: { found: bbox } }),
      };
    }),
    categories: classes.map((name, i) => ({ id: i + 1, name })),
  };
}

/** Where the box of an annotation comes from: `found` unless somebody has drawn or moved it. */
export function originOfBox(box: Box, attributes: unknown): 'found' | undefined {
  const parsed = foundSchema.safeParse(attributes);
  if (!parsed.success) return undefined;
  const isMoved = bboxOf(box).some(
    (value, side) => Math.abs(value - parsed.data.found[side]!) > rounding,
  );
  return isMoved ? undefined : 'found';
}

/** Left, top, width, height in hundredths of a pixel. */
function bboxOf([x0, y0, x1, y1]: Box): readonly [number, number, number, number] {
  const rounded = (value: number) => Math.round(value * 100) / 100;
  return [rounded(x0), rounded(y0), rounded(x1 - x0), rounded(y1 - y0)];
}
