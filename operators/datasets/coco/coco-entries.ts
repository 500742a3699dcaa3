import { z } from 'zod';

const id = z.union([z.int(), z.string().min(1)]);
const flag = z
  .union([z.number(), z.boolean()])
  .nullish()
  .transform((value) => Boolean(value));
const side = z.number().min(0, 'expected a width and height of 0 or more');
const size = z.number().nullish();

/** An id as a text, so that `"1"` and `1` are one. */
const reference = id.transform(String);

export const cocoImageSchema = z.object({
  id,
  file_name: z.string().min(1),
  width: size,
  height: size,
});
export type CocoImage = z.output<typeof cocoImageSchema>;

export const cocoCategorySchema = z.object({ id, name: z.string().trim().min(1) });

export const cocoAnnotationSchema = z.object({
  id: id.nullish(),
  image_id: reference,
  category_id: reference,
  /** Left, top, width, height; empty where only the outline is given. */
  bbox: z.unknown().optional(),
  segmentation: z.unknown().optional(),
  attributes: z.unknown().optional(),
  iscrowd: flag,
  ignore: flag,
});
export type CocoAnnotation = z.output<typeof cocoAnnotationSchema>;

export const cocoBoxSchema = z.tuple([z.number(), z.number(), side, side]);

/** A mask of runs; `counts` is a text in the compressed form. */
export const cocoMaskSchema = z.object({
  size: z.tuple([z.int().min(1), z.int().min(1)]),
  counts: z.union([z.string(), z.array(z.int().min(0))], 'expected a text or a list of numbers'),
});

/** Outlines of one object, each `x, y, x, y …`. */
export const cocoOutlinesSchema = z
  .array(
    z
      .array(z.number())
      .min(6, 'expected 3 points or more')
      .refine((values) => values.length % 2 === 0, 'expected pairs of coordinates'),
  )
  .min(1);

/** CVAT's angle of a box, in degrees clockwise around its centre. */
export const cocoAttributesSchema = z.object({ rotation: z.number().nullish() });
