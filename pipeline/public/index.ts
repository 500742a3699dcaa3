/**
 * Watch cameras with one call, or compose the stages: one operator per stage, and the objects that
 * the operators drive, any of which a program may replace by its own.
 *
 * @module lifelens
 */

export { watch, type Watching, type WatchOptions } from '../application/watch.ts';
export type { RunReport } from '../application/metrics/run-report.ts';
export { parseConfig, type Config, type ConfigInput } from '../configuration/config.ts';
export { ConfigError } from '../configuration/config-error.ts';
export type {
  CameraMessage,
  Command,
  CommandResult,
  DetectionsMessage,
  LabelTarget,
  LifelensEvent,
  MetricsMessage,
  ModelMessage,
  SampleMessage,
} from '../../sinks/events.ts';

export { ingest } from '../../operators/ingest/ingest.ts';
export type { Frame } from '../../operators/ingest/frames/frame.ts';
export type { TimeBasis } from '../../operators/foundation/time/time-basis.ts';
export { SharedFramePool } from '../../operators/ingest/frames/shared-frame-pool.ts';
export type { Box } from '../../operators/foundation/geometry/box.ts';

export { detect } from '../../operators/detect/detect.ts';
export { Detector } from '../../operators/detect/detector.ts';
export type { EngineModels } from '../../operators/detect/engines/engine-models.ts';
export type { DetectorFile, DetectorFormat } from '../../operators/detect/models/detector-file.ts';
export type { Head } from '../../operators/detect/heads/head.ts';
export { emptyHead } from '../../operators/detect/heads/score.ts';
export { cutCrops } from '../../operators/detect/crops/cut-crops.ts';

export { trackAndEmbed } from '../../operators/track/track-and-embed.ts';
export { Tracker } from '../../operators/track/tracker.ts';
export { CropScheduler } from '../../operators/track/crop-scheduler.ts';

export { discover } from '../../operators/discover/discover.ts';
export { Discoverer } from '../../operators/discover/discoverer.ts';

export { remember } from '../../operators/remember/remember.ts';
export { createMemory } from '../../operators/remember/create-memory.ts';
export type { Sample } from '../../operators/remember/sample.ts';

export { labelSamples } from '../../operators/label/label-samples.ts';
export { SampleLabels } from '../../operators/label/sample-labels.ts';
export { HeldOutSplit } from '../../operators/label/held-out-split.ts';

export { learnWhen } from '../../operators/learn/learn-when.ts';
export { sampleOf, trainingExamples } from '../../operators/learn/examples/example-of-sample.ts';
export { Learner } from '../../operators/learn/learner.ts';

export { swap } from '../../operators/swap/swap.ts';
export { evaluateCandidate } from '../../operators/gate/gate.ts';
export { HeadHistory } from '../../operators/swap/head-history.ts';
