import { z } from 'zod';
import { engineChoices } from '../../../operators/detect/engines/engine-choice.ts';
import { detectorFormats } from '../../../operators/detect/models/detector-file.ts';
import { channelOrders } from '../../../operators/detect/encoders/encoder-file.ts';
import { encoderSizes } from '../../../operators/detect/encoders/encoder-style.ts';
import { builtInCropSizes } from '../../../operators/detect/engines/engine.ts';
import { observeDefaults } from '../../../operators/detect/observe.ts';
import { cropSchedulerDefaults } from '../../../operators/track/crop-scheduler.ts';
import { trackerDefaults } from '../../../operators/track/tracker-options.ts';

/** Bounds of the detector's input, in pixels: sides are multiples of `step`. */
export const viewSides = { min: 160, max: 1280, step: 32 } as const;

/** Longest path of a file, in characters. */
const pathMax = 4096;

const perChannel = z.array(z.number()).length(3).nullable().default(null);

/** The `detect.encoderOptions` section. */
const encoderOptionsSchema = z.strictObject({
  size: z
    .int()
    .min(encoderSizes.least)
    .max(encoderSizes.most)
    .nullable()
    .default(null)
    .describe('Side of the encoder’s square input in pixels.'),
  mean: perChannel.describe(
    'Means of red, green and blue that are subtracted, of 0..1, or of 0..255 where one is above 1.',
  ),
  std: perChannel.describe('Standard deviations by which they are divided, likewise.'),
  order: z
    .enum(channelOrders)
    .nullable()
    .default(null)
    .describe('Order of the colour channels; null: rgb.'),
  output: z
    .string()
    .min(1)
    .max(1024)
    .nullable()
    .default(null)
    .describe('Output that holds the vectors.'),
});

/** Most workers of the detector. */
export const detectWorkersMax = 16;

/** Most threads of the detector. */
export const detectThreadsMax = 64;

/** The `detect` section. */
export const detectSchema = z.strictObject({
  size: z
    .union([
      z.literal('auto'),
      z.int().min(viewSides.min).max(viewSides.max).multipleOf(viewSides.step),
    ])
    .default('auto')
    .describe(
      'Size of the detector’s input: the side in pixels, a multiple of 32, of a square of as many pixels. Smaller is faster, larger finds smaller objects. `auto`: that of `model`, or the largest of those that this machine runs at the rate of all cameras, measured at the start and lowered where it proves too much; 320 where a camera has pace `demand`, and for commands other than `run`.',
    ),
  shape: z
    .enum(['own', 'square'])
    .default('own')
    .describe(
      'Shape of the detector’s input: `own` is nearly that of the pictures, which are letterboxed where it differs by more than a sixth; `square` distorts them, as before this setting. A detector in `model` has its own, or letterboxed rectangles with `own` where it takes any width and height (docs/detectors.md).',
    ),
  model: z
    .string()
    .min(1)
    .max(pathMax)
    .nullable()
    .default(null)
    .describe(
      'ONNX file, or model.json of a TensorFlow.js GraphModel, of a detector of your own (docs/detectors.md); null: the built-in one.',
    ),
  format: z
    .enum(['auto', ...detectorFormats])
    .default('auto')
    .describe('Format of the outputs of `model`; `auto` recognises it.'),
  names: z
    .string()
    .min(1)
    .max(pathMax)
    .nullable()
    .default(null)
    .describe(
      'File with the class names of `model`, or `coco-80` or `coco-91`; null: those of its metadata, or COCO’s.',
    ),
  engine: z
    .enum(engineChoices)
    .default('auto')
    .describe(
      'Runtime of the detector; `auto` selects the one that reads `model`, else the fastest one that loads.',
    ),
  threads: z
    .union([z.literal('auto'), z.int().min(1).max(detectThreadsMax)])
    .default('auto')
    .describe(
      'Threads of the detector, in all. `auto`: measured together with `size: auto`, else the number of cores minus one; all cores for files without `pace: live` and for commands other than `run`.',
    ),
  workers: z
    .union([z.literal('auto'), z.int().min(1).max(detectWorkersMax)])
    .default('auto')
    .describe(
      'Frames that are detected at once by `run` on the processor, each by a worker with a share of `threads` and a copy of the models. `auto`: one for each thread, up to four, for live cameras with `size: auto` and for files; else 1: all threads work on one frame, which takes less time for one frame and more for all.',
    ),
  minObjectness: z
    .number()
    .min(0.01)
    .max(1)
    .default(observeDefaults.minObjectness)
    .describe('Minimum objectness of a detection; weaker peaks are discarded.'),
  maxOverlap: z
    .number()
    .min(0.1)
    .max(1)
    .default(observeDefaults.maxOverlap)
    .describe('Boxes that overlap by more than this (IoU) are merged into one object.'),
  motion: z
    .enum(['off', 'on'])
    .default('off')
    .describe(
      'Whether live cameras leave out frames in which nothing has changed since the last detected one: `on` saves most of the processor where little happens, and objects that differ too little from what is behind them are found later.',
    ),
  minFps: z
    .number()
    .min(0.1)
    .max(120)
    .default(1)
    .describe('Frames per second that are detected without motion, where `motion` is `on`.'),
  tiles: z
    .enum(['off', 'auto'])
    .default('off')
    .describe(
      'Whether idle time of the detector goes to parts of live pictures at full resolution, where something moves or is in doubt. `auto` finds small objects in pictures that are much larger than `size` (see `maxSidePixels`) and uses all processor time that is left.',
    ),
  maxPeaks: z.int().min(1).max(1000).default(100).describe('Maximum number of peaks per frame.'),
  cropSize: z
    .literal(builtInCropSizes)
    .default(builtInCropSizes[0])
    .describe('Side in pixels of the crops that the built-in encoder looks at.'),
  encoder: z
    .string()
    .min(1)
    .max(pathMax)
    .nullable()
    .default(null)
    .describe(
      'ONNX file or GraphModel of an encoder of crops (docs/encoders.md); null: the built-in one.',
    ),
  encoderOptions: encoderOptionsSchema
    .prefault({})
    .describe(
      'How `encoder` takes pictures; null: as its metadata or a preprocessor_config.json beside it say.',
    ),
});

/** The `track` section. */
export const trackSchema = z.strictObject({
  baseScoreMin: z
    .number()
    .min(0.01)
    .max(1)
    .default(trackerDefaults.baseScoreMin)
    .describe('Minimum score of a base class, smoothed over frames, to name a track.'),
  minHits: z
    .int()
    .min(1)
    .max(1000)
    .default(trackerDefaults.minHits)
    .describe('Frames in which an object must be detected before its track is confirmed.'),
  lostMs: z
    .int()
    .min(1)
    .max(60_000)
    .default(trackerDefaults.lostMs)
    .describe(
      'A track ends when its object has not been detected for this long, and in none of the last three frames.',
    ),
  tracksMax: z
    .int()
    .min(1)
    .max(4096)
    .default(trackerDefaults.tracksMax)
    .describe('Maximum number of concurrent tracks per camera.'),
  lookEveryMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(cropSchedulerDefaults.cropEveryMs)
    .describe(
      'Interval between crop embeddings of a track; it grows while the object is stationary, and is ' +
        'shorter where the object comes into the picture, changes its size or crosses another one.',
    ),
  looksPerFrame: z
    .int()
    .min(0)
    .max(16)
    .default(cropSchedulerDefaults.cropsPerFrame)
    .describe('Maximum number of crops embedded per frame, at full resolution; 0 disables them.'),
});
