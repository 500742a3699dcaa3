export { intersectionOverUnion } from '../operators/foundation/geometry/box.ts';
export type { Box } from '../operators/foundation/geometry/box.ts';
/**
 * What a program composes: one operator a stage, the plain objects that each drives, and the sinks.
 *
 * Frames own pooled pixels: who takes one off the end of a pipeline releases it. Operators take the
 * objects that they drive from outside, so a program may put its own in their place.
 */

// ingest: a source → frames
export { createSource, type SourceOptions } from '../operators/ingest/sources/create-source.ts';
export { fileSource } from '../operators/ingest/sources/file-source.ts';
export { folderSource } from '../operators/ingest/sources/folder-source.ts';
export type { Frame, TruthBox } from '../operators/ingest/frames/frame.ts';
export type { FrameMetadata, FramePool, FrameSlot } from '../operators/ingest/frames/frame-pool.ts';
export { httpSource } from '../operators/ingest/sources/http-source.ts';
export { ingest } from '../operators/ingest/ingest.ts';
export { rtspSource } from '../operators/ingest/sources/rtsp-source.ts';
export { seededRandom } from '../operators/foundation/numbers/seeded-random.ts';
export { SharedFramePool } from '../operators/ingest/frames/shared-frame-pool.ts';
export {
  SourceError,
  type DropReason,
  type Source,
  type SourceContext,
  type SourceEvent,
} from '../operators/ingest/source.ts';
export { webcamSource } from '../operators/ingest/sources/webcam-source.ts';
export { defaultScenario } from '../operators/ingest/world/default-scenario.ts';
export { manyClasses } from '../operators/ingest/world/many-classes.ts';
export {
  scenarioSchema,
  type Scenario,
  type ScenarioInput,
} from '../operators/ingest/world/scenario.ts';
export { worldSource } from '../operators/ingest/world/world-source.ts';

// detect: frames → what the frozen trunk sees in them
export { cutCrop, type CropOptions, type Crop } from '../operators/detect/crops/crop.ts';
export { detect, type DetectOptions } from '../operators/detect/detect.ts';
export type { DetectedFrame, Observation } from '../operators/detect/detected-frame.ts';
export { Detector, type DetectorOptions } from '../operators/detect/detector.ts';
export type {
  BenchResult,
  Detection,
  EngineDescription,
} from '../operators/detect/detector-messages.ts';
export {
  denseLatentLength,
  cropEmbeddingLength,
  cropSize,
  type DenseMaps,
  type Engine,
  type ObjectnessHead,
  type Peaks,
} from '../operators/detect/engines/engine.ts';
export { EngineError } from '../operators/detect/engines/engine-error.ts';
export type { Head, LinearLayer } from '../operators/detect/heads/head.ts';
export { observe, type ObserveOptions } from '../operators/detect/observe.ts';
export { emptyHead, scoreObject, scoreCrop, scorePeak } from '../operators/detect/heads/score.ts';

// track: observations → one identity an object, and a second look at what deserves one
export {
  embedCrops,
  type EmbedCropsOptions,
  type EmbeddingReceiver,
  type RequestEmbedding,
} from '../operators/track/embed-crops.ts';
export { CropScheduler, type CropSchedulerOptions } from '../operators/track/crop-scheduler.ts';
export { trackAndEmbed } from '../operators/track/track-and-embed.ts';
export {
  track,
  type ObjectTracker,
  type Track,
  type TrackedFrame,
  type Recognition,
} from '../operators/track/track.ts';
export { Tracker, type TrackerOptions, type TrackerUpdate } from '../operators/track/tracker.ts';

// discover: tracks → the ones that nobody can name
export {
  Clusters,
  type ClusterOptions,
  type ClusterState,
} from '../operators/discover/clusters.ts';
export { discover } from '../operators/discover/discover.ts';
export {
  Discoverer,
  type DiscovererOptions,
  type SharedKnowledge,
} from '../operators/discover/discoverer.ts';
export { Novelty, type NoveltyOptions } from '../operators/discover/novelty.ts';
export type { DiscoveredFrame, Unknown } from '../operators/discover/unknown.ts';

// remember: samples under a cap in bytes
export { CappedMemory } from '../operators/remember/capped-memory.ts';
export {
  createMemory,
  loadMemory,
  memoryPolicies,
  type MemoryPolicy,
} from '../operators/remember/create-memory.ts';
export { saveMemory } from '../operators/remember/memory-file.ts';
export { remember, type Remembered, type RememberOptions } from '../operators/remember/remember.ts';
export type { Label, Sample, SampleMemory } from '../operators/remember/sample.ts';
export { sampleBytes } from '../operators/remember/sample-bytes.ts';
export { SealedFileError } from '../operators/foundation/files/sealed-file.ts';

// learn: labelled samples → a candidate head
export { learnWhen, type LearnWhenOptions } from '../operators/learn/learn-when.ts';
export { Learner, type LearnerOptions } from '../operators/learn/learner.ts';
export { LearnerError } from '../operators/learn/learner-error.ts';
export type { Update } from '../operators/learn/learner-messages.ts';
export {
  exampleOf,
  sampleOf,
  trainingExamples,
  type SampleFacts,
} from '../operators/learn/examples/sample-example.ts';
export type { Evidence, Scene } from '../operators/learn/examples/scene.ts';
export {
  createStrategy,
  strategyNames,
  type StrategyName,
  type StrategyOptions,
} from '../operators/learn/strategies/strategy-registry.ts';
export type { Change, Example, HeadDraft, Strategy } from '../operators/learn/strategy.ts';
export { LearnTrigger, type LearnReason, type TriggerOptions } from '../operators/learn/trigger.ts';

// swap: a candidate → the active head, or a reason why not
export {
  evaluateCandidate,
  type ClassVerdict,
  type GateInput,
  type GateSample,
  type Verdict,
} from '../operators/swap/gate.ts';
export {
  readHeadBundle,
  writeHeadBundle,
  type HeadBundle,
} from '../operators/swap/store/head-bundle.ts';
export { headHash } from '../operators/swap/store/head-hash.ts';
export {
  HeadHistory,
  HeadHistoryError,
  type HeadHistoryOptions,
  type HeldHead,
} from '../operators/swap/head-history.ts';
export { MemoryHeadStore, type HeadStore } from '../operators/swap/store/head-store.ts';
export {
  openHeadStore,
  type OpenHeadStoreOptions,
} from '../operators/swap/store/open-head-store.ts';
export { restoreHeadHistory } from '../operators/swap/store/restore-head-history.ts';
export { StateError } from '../operators/foundation/files/state-error.ts';
export {
  swap,
  type HeadKeeper,
  type RollbackRequest,
  type SwapCandidate,
  type SwapEvent,
  type SwapOptions,
  type SwapRequest,
} from '../operators/swap/swap.ts';

// measure: what became of the frames, and how good the model is
export { averagePrecision, type AveragePrecision } from '../operators/measure/average-precision.ts';
export {
  evaluate,
  type ClassifiedBox,
  type Evaluation,
  type TruthImage,
} from '../operators/measure/evaluate.ts';
export {
  continualScores,
  type ContinualScores,
  type StepMatrix,
} from '../operators/measure/forgetting.ts';
export {
  FrameMeter,
  type FrameEvent,
  type FrameMeterOptions,
  type FrameMetrics,
} from '../operators/measure/frame-meter.ts';
export {
  openWorldScores,
  type OpenWorldImage,
  type OpenWorldScores,
} from '../operators/measure/open-world.ts';

// sinks: events out, commands in
export type {
  Command,
  CommandRequest,
  CommandResult,
  DetectionsMessage,
  LabelTarget,
  LifelensEvent,
  MetricsMessage,
  ModelMessage,
  PictureEvent,
  SampleMessage,
  Sink,
} from '../sinks/events.ts';
export {
  PortError,
  startHttpServer,
  type HttpServer,
  type HttpServerOptions,
} from '../sinks/http/http-server.ts';
export {
  DetectionsFileError,
  JsonLinesSink,
  openJsonLines,
  type JsonLinesOptions,
} from '../sinks/json-lines.ts';
export { NatsSink, type NatsSinkOptions } from '../sinks/nats.ts';
export { PrometheusSink, type PrometheusSinkOptions } from '../sinks/prometheus.ts';
export type { HelloFacts } from '../sinks/protocol.ts';
export { WebSocketSink, type WebSocketSinkOptions } from '../sinks/websocket/websocket.ts';
