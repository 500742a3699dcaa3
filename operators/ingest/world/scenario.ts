import { z } from 'zod';

const range = (unit: string, min: number, max: number) =>
  z
    .tuple([z.number().min(min).max(max), z.number().min(min).max(max)])
    .refine(([low, high]) => low <= high, 'the first number must not be greater than the second')
    .describe(`Minimum and maximum, in ${unit}.`);

/** One class of objects in the simulated world. */
export const worldClassSchema = z.strictObject({
  name: z.string().min(1).max(60).describe('Class name in the ground truth.'),
  emoji: z
    .string()
    .regex(/^[0-9a-f]+(-[0-9a-f]+)*$/)
    .describe(
      'Unicode code points of the emoji to draw, in hex, joined by "-": 1f9f8 is a teddy bear.',
    ),
  known: z
    .string()
    .nullable()
    .default(null)
    .describe('The base class it belongs to; null for a class unknown to the base detector.'),
  fromFrame: z
    .int()
    .min(0)
    .default(0)
    .describe('First frame in which an object of the class may appear.'),
  untilFrame: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Frame from which on no further objects of the class appear; null for no end.'),
});

/** Everything that determines the frames of a simulated camera, as plain data for files. */
export const scenarioSchema = z.strictObject({
  name: z.string().min(1).max(60).default('world'),
  seed: z.int().min(0).default(1).describe('The same seed and settings give the same bytes.'),
  width: z.int().min(64).max(1920).default(640).describe('Pixels.'),
  height: z.int().min(64).max(1080).default(480).describe('Pixels.'),
  fps: z.number().min(1).max(120).default(15).describe('Frames per second.'),
  background: z.enum(['room', 'street', 'garden', 'hall']).default('garden'),
  clutter: z
    .int()
    .min(0)
    .max(100)
    .default(10)
    .describe('Number of background shapes that are not objects.'),
  objectsAtOnce: z.int().min(1).max(30).default(3),
  objectSize: range('pixels of the longer side, in the foreground', 8, 1000).default([115, 160]),
  speed: range('pixels per second', 1, 2000).default([70, 120]),
  light: z
    .strictObject({
      darkest: z
        .number()
        .min(0.1)
        .max(1)
        .default(0.8)
        .describe('Brightness at night, as a share of daylight.'),
      periodSeconds: z.number().min(1).max(86_400).default(90).describe('Length of a day.'),
    })
    .prefault({}),
  blurPx: z
    .number()
    .min(0)
    .max(8)
    .default(0)
    .describe('Maximum defocus, in pixels; it varies over time.'),
  noise: z
    .number()
    .min(0)
    .max(50)
    .default(2)
    .describe('Standard deviation of the sensor noise, in levels of 0 to 255.'),
  shakePx: z
    .number()
    .min(0)
    .max(20)
    .default(1)
    .describe('Maximum displacement of the camera, in pixels.'),
  classes: z.array(worldClassSchema).min(1).max(1000),
});

export type WorldClass = z.output<typeof worldClassSchema>;
export type Scenario = z.output<typeof scenarioSchema>;
/** A scenario before parsing: all settings but the classes have defaults. */
export type ScenarioInput = z.input<typeof scenarioSchema>;
