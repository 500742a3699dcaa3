import { z } from 'zod';

const range = (unit: string, min: number, max: number) =>
  z
    .tuple([z.number().min(min).max(max), z.number().min(min).max(max)])
    .refine(([low, high]) => low <= high, 'the first must not be greater than the second')
    .describe(`Smallest and largest, in ${unit}.`);

/** One class of objects of the simulated world. */
export const worldClassSchema = z.strictObject({
  name: z.string().min(1).max(60).describe('What ground truth calls it.'),
  emoji: z
    .string()
    .regex(/^[0-9a-f]+(-[0-9a-f]+)*$/)
    .describe(
      'Unicode code points of the cut-out picture, in hex, joined by "-": 1f9f8 is a teddy bear.',
    ),
  known: z
    .string()
    .nullable()
    .default(null)
    .describe('What the base detector calls it; null for a class it does not have.'),
  fromFrame: z.int().min(0).default(0).describe('First frame in which it may enter the picture.'),
  untilFrame: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('No more of them enter from this frame on; null for never.'),
});

/** What a simulated camera shows: plain data, so that a file can hold it. */
export const scenarioSchema = z.strictObject({
  name: z.string().min(1).max(60).default('world'),
  seed: z.int().min(0).default(1).describe('Same seed and settings, same bytes.'),
  width: z.int().min(64).max(1920).default(640).describe('Pixels.'),
  height: z.int().min(64).max(1080).default(480).describe('Pixels.'),
  fps: z.number().min(1).max(120).default(15).describe('Frames a second.'),
  background: z.enum(['room', 'street', 'garden', 'hall']).default('garden'),
  clutter: z
    .int()
    .min(0)
    .max(100)
    .default(10)
    .describe('Shapes in the background that are no objects.'),
  objectsAtOnce: z.int().min(1).max(30).default(3),
  objectSize: range('pixels of the longer side in the foreground', 8, 1000).default([115, 160]),
  speed: range('pixels a second', 1, 2000).default([70, 120]),
  light: z
    .strictObject({
      darkest: z
        .number()
        .min(0.1)
        .max(1)
        .default(0.8)
        .describe('Share of the light that is left at night.'),
      periodSeconds: z.number().min(1).max(86_400).default(90).describe('From noon to noon.'),
    })
    .prefault({}),
  blurPx: z
    .number()
    .min(0)
    .max(8)
    .default(0)
    .describe('Defocus at its worst, in pixels; it comes and goes.'),
  noise: z
    .number()
    .min(0)
    .max(50)
    .default(2)
    .describe('Standard deviation of sensor noise, in levels of 0 to 255.'),
  shakePx: z
    .number()
    .min(0)
    .max(20)
    .default(1)
    .describe('How far the camera moves from its place, in pixels.'),
  classes: z.array(worldClassSchema).min(1).max(1000),
});

export type WorldClass = z.output<typeof worldClassSchema>;
export type Scenario = z.output<typeof scenarioSchema>;
/** A scenario as people write it: everything but the classes has a default. */
export type ScenarioInput = z.input<typeof scenarioSchema>;
