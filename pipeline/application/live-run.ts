import {
  connect,
  delay,
  endWith,
  fromEvent,
  ignoreElements,
  lastValueFrom,
  merge,
  of,
  takeUntil,
  tap,
} from 'rxjs';
import { Clusters } from '../../operators/discover/clusters.ts';
import type { DiscoveredFrame } from '../../operators/discover/unknown.ts';
import { messageOf } from '../../operators/foundation/errors/message-of.ts';
import { branch } from '../../operators/foundation/streams/branch.ts';
import { InFlight } from '../../operators/foundation/streams/in-flight.ts';
import { longTimer } from '../../operators/foundation/time/long-timer.ts';
import { inTimeAfter } from '../../operators/foundation/time/in-time-after.ts';
import type { LearnedSet } from '../../operators/learn/learned-set.ts';
import type { Config } from '../configuration/config.ts';
import { builtInViews } from '../configuration/engine-settings.ts';
import type { Log } from '../log.ts';
import type { LearnerRestorer } from '../state/restore/restore-learner.ts';
import type { State } from '../state/state.ts';
import type { Camera } from './camera.ts';
import { liveGraph, type LiveGraphParts } from './live-graph.ts';
import { flushEverySecond } from './flush-state.ts';
import { openLearning } from './learning/open-learning.ts';
import { LiveStatus } from './live-status.ts';
import { ModelMeter } from './metrics/model-meter.ts';
import { RunMeter } from './metrics/run-meter.ts';
import type { RunReport } from './metrics/run-report.ts';
import { openCameras, type ConfiguredCamera } from './open-cameras.ts';
import type { Sinks } from './open-sinks.ts';
import type { Workers } from './open-workers.ts';
import { choosePacing, type Pacing } from './pacing.ts';
import { PicturePublisher } from './pictures/picture-publisher.ts';
import { BackgroundCollector } from './sampling/background-collector.ts';
import { SampleMaker } from './sampling/sample-maker.ts';
import { SampleOnDemand } from './commands/sample-on-demand.ts';
import { SampleTaker } from './sampling/sample-taker.ts';
import { SimulatedAnnotator } from './sampling/simulated-annotator.ts';
import { LiveSize } from './sizing/live-size.ts';
import { CameraHealth } from './supervision/camera-health.ts';
import { endLimits } from './supervision/end-limits.ts';
import { giveWayToLearning } from './supervision/give-way-to-learning.ts';
import { endWithWorkers } from './supervision/end-with-workers.ts';
import { storeHealth, workerHealth } from './supervision/worker-health.ts';

export interface LiveRunParts extends Workers {
  readonly config: Config;
  readonly log: Log;
  /** The program's version, for clients. */
  readonly version: string;
  readonly state: State;
  /** What the learner has learned before the run. */
  readonly learned: LearnedSet;
  readonly restorer: LearnerRestorer;
  readonly cameras: readonly ConfiguredCamera[];
  /** Most frames to capture per camera; undefined: no limit. */
  readonly framesMax: number | undefined;
  /** Longest time to run, in seconds; undefined: no limit. */
  readonly secondsMax: number | undefined;
  /** Whether to measure the bare engine on the same frames afterwards. */
  readonly compareEngine: boolean;
}

/** Time between two background scenes of a camera, in ms of its frames' time. */
const backgroundEveryMs = 2000;
/** Bounds of the engine comparison, in seconds: it takes as long as the frames took. */
const comparisonSeconds = { min: 1, max: 20 };

function liveSizeOf({ config, sizing, detector, ...parts }: LiveRunParts): LiveSize {
  const { side, threads, gain, choice } = sizing;
  const chosen = choice && { side, viewsOf: builtInViews.bind(null, config.detect.shape) };
  const own = { viewSize: detector.describe.viewSize, parallel: detector.parallel };
  return new LiveSize({ ...parts, ...own, threads, gain, chosen });
}

/** Everything between opening and closing: makes the parts of the graph, and runs it once. */
export class LiveRun {
  readonly status: LiveStatus;
  readonly #parts: LiveRunParts;
  readonly #cameras: ReadonlyMap<string, Camera>;
  readonly #annotator: SimulatedAnnotator;
  readonly #sampleTaker: SampleTaker;
  readonly #runMeter: RunMeter;
  readonly #size: LiveSize;
  /** Whatever gives numbers that are durable. */
  readonly #numbers: {
    readonly clusters: Clusters;
    readonly maker: SampleMaker;
    readonly onDemand: SampleOnDemand;
  };
  readonly #graphParts: Omit<LiveGraphParts, 'onFrame'>;

  constructor(parts: LiveRunParts) {
    this.#parts = parts;
    const { config, log, state, detector, learner } = parts;
    const { memory, heads, ids } = state;
    const pacing = choosePacing(parts.cameras);
    const clusters = new Clusters({
      firstNumber: ids.used('cluster') + 1,
      embeddingLength: learner.embedding.length,
    });
    const background = backgroundCollector(learner, pacing);
    const { framesMax } = parts;
    const firstTrackId = ids.used('track') + 1;
    const commandsInFlight = new InFlight();
    const modelInFlight = new InFlight();
    const givesWay = giveWayToLearning([commandsInFlight, modelInFlight]);
    const capturing = { pacing, framesMax, givesWay, firstTrackId };
    const size = liveSizeOf(parts);
    this.#size = size;
    const shared = { config, detector, learner, heads, clusters, size, ...capturing };
    const cameras = openCameras(parts.cameras, shared);
    const maker = sampleMaker(parts);
    const annotator = new SimulatedAnnotator({ ...config.world, seed: config.seed });
    const onDemand = new SampleOnDemand(cameras, maker, ids.used('box'));
    const modelMeter = new ModelMeter();
    this.#cameras = cameras;
    this.#numbers = { clusters, maker, onDemand };
    // Boxes are labelled while cameras pause as well, and after the last frame.
    ids.follow('cluster', () => clusters.newestNumber);
    ids.follow('sample', () => maker.newestNumber);
    ids.follow('box', () => onDemand.newestNumber);
    this.#annotator = annotator;
    this.#sampleTaker = new SampleTaker({
      maker,
      memory,
      onSample: (sample, frame) => annotator.observe(sample, frame),
      onFailed: (error) => log.debug({ err: error }, 'a sample could not be taken'),
    });
    const { strategy } = learner;
    this.#runMeter = new RunMeter({ ...shared, memory, modelMeter, cameras, strategy });
    const { reason: engine, baseClasses, sight } = detector.describe;
    const fixed = { version: parts.version, engine, ...sight, strategy, baseClasses };
    this.status = new LiveStatus({ cameras, memory, heads, clusters, fixed });
    this.#addHealth();
    this.#graphParts = {
      cameras,
      sampleTaker: this.#sampleTaker,
      background,
      annotator,
      pacing,
      clock: pacing.clock,
      clusters,
      heads,
      learner,
      install: (head) => detector.setHead(head.version, head.objectness),
      trigger: config.learn,
      ...openLearning({ ...parts, background, pacing }),
      lookup: {
        memory,
        resolveCluster: (id) => clusters.resolve(id),
        sampleAt: (spot) => onDemand.sampleAt(spot),
        boxOfTrack: (camera, trackId) => onDemand.boxOfTrack(camera, trackId),
      },
      commandsInFlight,
      modelInFlight,
      status: this.status,
      runMeter: this.#runMeter,
      modelMeter,
      log,
    };
  }

  /**
   * Runs until the cameras end, a limit is reached or `signal` is aborted, and saves the state.
   * Events go to `sinks`, whose commands are carried out meanwhile. Rejects with the last camera's
   * error where all have failed.
   */
  async run(sinks: Sinks, signal: AbortSignal): Promise<RunReport> {
    const { state, learner, log } = this.#parts;
    const stopCameras = tap(() => {
      for (const camera of this.#cameras.values()) camera.stop();
    });
    const commands = merge(sinks.commands$, this.#annotator.commands$);
    const saving = flushEverySecond(
      () => state.flush(),
      (error) => log.error(`samples wait to be stored: ${messageOf(error)}`),
    );
    const stopped = this.#stopSignals(signal);
    const events = liveGraph(commands, {
      ...this.#graphParts,
      onFrame: this.#frameHandler(sinks),
    }).pipe(
      branch(() => saving, { inStep: false, abandonedAtEnd: true }),
      tap((event) => {
        this.#size.observe(event);
        sinks.publish(event);
      }),
      connect((all) => {
        const ended = all.pipe(ignoreElements(), endWith(null));
        return merge(all, stopped.pipe(stopCameras, takeUntil(ended)));
      }),
      endWithWorkers([this.#parts.detector, learner, { state: '', lost: state.store.lost }]),
      // Frames in a worker that hangs would keep the graph from ending.
      takeUntil(stopped.pipe(delay(endLimits.graphMs))),
    );
    try {
      await lastValueFrom(events, { defaultValue: null });
    } catch (error) {
      this.status.healthParts.end(messageOf(error));
      throw error;
    } finally {
      await this.#save(signal);
    }
    const { skipped: notTaken } = this.#sampleTaker;
    log.debug({ notTaken, notAnnotated: this.#annotator.passedOver }, 'samples that were left out');
    sinks.publish(this.#runMeter.message());
    return this.#runMeter.report(await this.#engineFps(signal));
  }

  #stopSignals(signal: AbortSignal) {
    const { secondsMax } = this.#parts;
    return merge(
      signal.aborted ? of(null) : fromEvent(signal, 'abort'),
      ...(secondsMax === undefined ? [] : [longTimer(1000 * secondsMax)]),
    );
  }

  /** Saves what can be saved, in time. */
  async #save(signal: AbortSignal): Promise<void> {
    const { state, log } = this.#parts;
    const saved = state.flush().then(() => true);
    const inTime = await inTimeAfter(signal, endLimits.saveMs, saved);
    if (inTime === null) log.error(`the state was not saved within ${endLimits.saveMs} ms`);
  }

  #addHealth(): void {
    const { detector, learner, state, cameras } = this.#parts;
    const { healthParts } = this.status;
    const nowMs = (): number => performance.now();
    for (const { name, config } of cameras) {
      const camera = this.#cameras.get(name);
      if (camera === undefined) continue;
      const health = new CameraHealth({ name, events$: camera.events$, limits: config, nowMs });
      healthParts.add(() => [health.part]);
    }
    healthParts.add(() => [
      workerHealth('detect', detector),
      workerHealth('learn', learner),
      storeHealth(state),
    ]);
  }

  #frameHandler(sinks: Sinks): (discovered: DiscoveredFrame) => void {
    const { config, compareEngine } = this.#parts;
    const pictures = new PicturePublisher(sinks, config.dashboard.pictureFps);
    return (discovered) => {
      this.#runMeter.count(discovered, compareEngine);
      this.#noteIds(discovered);
      pictures.offer(discovered.frame);
    };
  }

  /** Keeps the numbers that are given ahead of those that are recorded as used. */
  #noteIds({ tracks }: DiscoveredFrame): void {
    const { ids } = this.#parts.state;
    const onFailed = (error: unknown): void => this.#parts.log.warn(`ids: ${messageOf(error)}`);
    const newest = tracks.reduce((most, { id }) => Math.max(most, id), 0);
    ids.note('track', newest, onFailed);
    ids.note('cluster', this.#numbers.clusters.newestNumber, onFailed);
    ids.note('sample', this.#numbers.maker.newestNumber, onFailed);
    ids.note('box', this.#numbers.onDemand.newestNumber, onFailed);
  }

  /** Speed of the bare engine over the run's own frames; null where it was not asked for. */
  async #engineFps(signal: AbortSignal): Promise<number | null> {
    const { compareEngine, detector } = this.#parts;
    const { views } = this.#runMeter;
    if (!compareEngine || views.length === 0 || signal.aborted) return null;
    const { durationMs } = this.#runMeter.report(null);
    const { min, max } = comparisonSeconds;
    const seconds = Math.min(max, Math.max(min, durationMs / 1000));
    const result = await inTimeAfter(signal, 0, detector.bench(views, seconds));
    return result?.fps ?? null;
  }
}

function sampleMaker({ config, learner, state }: LiveRunParts): SampleMaker {
  const { thumbnails, thumbnailPixels } = config.remember;
  return new SampleMaker({
    learner,
    thumbnailPixels: thumbnails ? thumbnailPixels : 0,
    firstNumber: state.ids.used('sample'),
    sight: state.models.sight,
  });
}

function backgroundCollector(
  learner: Workers['learner'],
  { inStep, clock }: Pacing,
): BackgroundCollector {
  // In lockstep only the frames' own time counts, or the same run would not repeat.
  const now = inStep ? null : () => clock.nowMs();
  return new BackgroundCollector({ learner, everyMs: backgroundEveryMs, now });
}
