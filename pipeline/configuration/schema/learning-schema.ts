import { z } from 'zod';
import { discovererDefaults } from '../../../operators/discover/discoverer.ts';
import { classesMaxDefault } from '../../../operators/label/sample-labels.ts';
import {
  defaultStrategy,
  hintAtStrategy,
  liveStrategyNames,
} from '../../../operators/learn/strategies/strategy-registry.ts';
import { triggerDefaults } from '../../../operators/learn/trigger.ts';
import { memoryPolicies } from '../../../operators/remember/create-memory.ts';
import { defaultTolerance } from '../../../operators/gate/gate.ts';
import { headsKept } from '../../../operators/swap/head-history.ts';

/** The `discover` section. */
export const discoverSchema = z.strictObject({
  noveltyMin: z
    .number()
    .min(0)
    .max(1)
    .default(discovererDefaults.noveltyMin)
    .describe('Minimum novelty of an unknown object to be offered for labelling.'),
  doubtShare: z
    .number()
    .min(0)
    .max(1)
    .default(discovererDefaults.doubtShare)
    .describe(
      'An object with a base class is also offered for labelling when that class holds less than this share of all base scores at its position; 0 disables this. 0.3 helps where hardly any object belongs to a COCO class.',
    ),
  samplesPerTrackMax: z
    .int()
    .min(1)
    .max(100)
    .default(discovererDefaults.samplesPerTrackMax)
    .describe('Maximum number of samples per track, spread over its lifetime.'),
  sampleEveryMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(discovererDefaults.sampleEveryMs)
    .describe('Minimum interval between two samples of one track.'),
  samplesPerMinute: z
    .int()
    .min(1)
    .max(6000)
    .default(discovererDefaults.samplesPerMinute)
    .describe('Maximum number of samples per camera and minute.'),
  staticSamplesPerMinute: z
    .int()
    .min(0)
    .max(6000)
    .default(discovererDefaults.staticSamplesPerMinute)
    .describe(
      'How many of them may show stationary objects, most of which are furniture and fixtures.',
    ),
});

/** The `remember` section. */
export const rememberSchema = z.strictObject({
  bytesMax: z
    .int()
    .min(256 * 1024)
    .max(16 * 1024 ** 3)
    .default(16 * 1024 ** 2)
    .describe('Cap on the sample memory in bytes; it covers everything that a sample occupies.'),
  policy: z
    .enum(memoryPolicies)
    .default('balanced')
    .describe('Selects the sample to evict when the memory is full.'),
  thumbnails: z
    .boolean()
    .default(true)
    .describe('Stores a small JPEG with every sample, shown to the person who labels it.'),
  thumbnailPixels: z
    .int()
    .min(32)
    .max(256)
    .default(96)
    .describe('Longer side of a thumbnail in pixels.'),
});

/** The `learn` section. */
export const learnSchema = z.strictObject({
  strategy: z
    .enum(liveStrategyNames, { error: ({ input }) => hintAtStrategy(String(input)) })
    .default(defaultStrategy)
    .describe('Learning strategy.'),
  minLabels: z
    .int()
    .min(1)
    .max(10_000)
    .default(triggerDefaults.minLabels)
    .describe('Number of new labels that starts an update at once.'),
  maxWaitMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .default(triggerDefaults.maxWaitMs)
    .describe('Fewer new labels start an update when the oldest has waited this long.'),
  coolDownMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .default(triggerDefaults.coolDownMs)
    .describe('Minimum time between the starts of two updates.'),
  classesMax: z
    .int()
    .min(1)
    .max(10_000)
    .default(classesMaxDefault)
    .describe('Maximum number of learned classes; a label that would create another is refused.'),
  heldOutShare: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.2)
    .describe(
      'Share of the labelled objects that is held out: used to evaluate heads, never to train them.',
    ),
});

/** The `swap` section. */
export const swapSchema = z.strictObject({
  tolerance: z
    .number()
    .min(0)
    .max(1)
    .default(defaultTolerance)
    .describe('A new head is refused when any class loses more than this share of its recall.'),
  keepVersions: z
    .int()
    .min(1)
    .max(100)
    .default(headsKept)
    .describe('Newest heads kept for rollback, in addition to the active one and its parent.'),
});
