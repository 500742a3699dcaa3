import { z } from 'zod';
import type { Box } from '../../foundation/geometry/box.ts';
import type { Dataset } from '../dataset.ts';
import { readDatasetText } from '../read-dataset-file.ts';

/** COCO file in a folder of photos: their boxes, found by a program or drawn by somebody. */
export const photoBoxesFile = 'boxes.json';

/** A box that moved by more than this many pixels was drawn anew. */
const rounding = 1;

const corners = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const foundSchema = z.looseObject({
  annotations: z.array(
    z.looseObject({
      image_id: z.union([z.number(), z.string()]),
      bbox: corners,
      attributes: z
        .looseObject({ found: corners.optional().catch(undefined) })
        .optional()
        .catch(undefined),
    }),
  ),
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

/** The found boxes of a file that nobody has moved, by the id of their photo in it. */
export async function readUnmovedBoxes(file: string): Promise<ReadonlyMap<string, readonly Box[]>> {
  const boxes = new Map<string, Box[]>();
  // What is wrong with the file is said by the reader of COCO files.
  const parsed = foundSchema.safeParse(JSON.parse(await readDatasetText(file, 'a COCO JSON file')));
  if (!parsed.success) return boxes;
  for (const { image_id: imageId, bbox, attributes } of parsed.data.annotations) {
    const { found } = attributes ?? {};
    if (found === undefined) continue;
    if (bbox.some((value, side) => Math.abs(value - found[side]!) > rounding)) continue;
    const [x, y, width, height] = bbox;
    const box: Box = [x, y, x + width, y + height];
    const id = String(imageId);
    boxes.set(id, [...(boxes.get(id) ?? []), box]);
  }
  return boxes;
}

/** Left, top, width, height in hundredths of a pixel. */
function bboxOf([x0, y0, x1, y1]: Box): readonly [number, number, number, number] {
  const rounded = (value: number) => Math.round(value * 100) / 100;
  return [rounded(x0), rounded(y0), rounded(x1 - x0), rounded(y1 - y0)];
}
