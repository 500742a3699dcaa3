import { z } from 'zod';
import type { Box } from '../../foundation/geometry/box.ts';
import type { LabelledObject } from '../dataset.ts';
import { boundsOfTurned } from '../shapes/bounds.ts';

/** The text of an element as a number; the parser returns strings. */
const numeral = z
  .string('expected a number')
  .trim()
  .regex(/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i, 'expected a number')
  .transform(Number)
  .pipe(z.number('expected a number'));
const flag = z
  .string()
  .optional()
  .catch(undefined)
  .transform((value) => /^\s*(?:1|true|yes)\s*$/i.test(value ?? ''));
const bndbox = z
  .looseObject({ xmin: numeral, ymin: numeral, xmax: numeral, ymax: numeral }, oneOf('bndbox'))
  // Only a warning would leave the object out, and its pixels would be learned as background.
  .superRefine(({ xmin, ymin, xmax, ymax }, context) => {
    if (xmin <= xmax && ymin <= ymax) return;
    const found = [xmin, ymin, xmax, ymax].join(', ');
    context.addIssue(`expected xmin <= xmax and ymin <= ymax, found ${found}`);
  });
const side = numeral.refine((value) => value >= 0, 'expected a width and height of 0 or more');
/** A turned box of roLabelImg; the angle is in radians. */
const robndbox = z.looseObject(
  { cx: numeral, cy: numeral, w: side, h: side, angle: numeral },
  oneOf('robndbox'),
);
/** Attributes of CVAT, of which one may be a rotation in degrees. */
const attributes = z.looseObject({
  attribute: z.union([z.array(z.looseObject({})), z.looseObject({}).transform((one) => [one])]),
});
const rotation = z.object({ name: z.literal('rotation'), value: numeral });

/** An `object` of an annotation. */
export const vocObject = z
  .looseObject({
    name: z.string().trim().min(1),
    difficult: flag,
    bndbox: bndbox.optional(),
    robndbox: robndbox.optional(),
    attributes: z.unknown().optional(),
  })
  .transform((object, context): LabelledObject => {
    const { name, difficult } = object;
    const box = boxOf(object, context);
    return { class: name, box: box ?? [0, 0, 0, 0], difficult, crowd: false };
  });

function boxOf(
  object: {
    readonly bndbox?: z.output<typeof bndbox> | undefined;
    readonly robndbox?: z.output<typeof robndbox> | undefined;
    readonly attributes?: unknown;
  } & Readonly<Record<string, unknown>>,
  context: z.RefinementCtx,
): Box | null {
  if (object.robndbox !== undefined) {
    const { cx, cy, w, h, angle } = object.robndbox;
    const box: Box = [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2];
    return boundsOfTurned(box, (angle * 180) / Math.PI, 'centre');
  }
  if (object.bndbox === undefined) {
    const found = 'polygon' in object ? 'a polygon only' : 'none';
    context.addIssue({
      code: 'custom',
      path: ['bndbox'],
      message: `expected a box, found ${found}`,
    });
    return null;
  }
  const { xmin, ymin, xmax, ymax } = object.bndbox;
  return boundsOfTurned([xmin, ymin, xmax, ymax], degreesOf(object.attributes), 'centre');
}

function degreesOf(element: unknown): number {
  const { data } = attributes.safeParse(element);
  for (const attribute of data?.attribute ?? []) {
    const found = rotation.safeParse(attribute);
    if (found.success) return found.data.value;
  }
  return 0;
}

function oneOf(element: string): { error: (issue: { input?: unknown }) => string } {
  return {
    error: ({ input }) =>
      Array.isArray(input)
        ? `expected one ${element}, found ${input.length}`
        : `expected ${element} with its numbers`,
  };
}
