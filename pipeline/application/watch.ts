import {
  asyncScheduler,
  catchError,
  concat,
  concatMap,
  connect,
  defer,
  EMPTY,
  filter,
  from,
  fromEvent,
  ignoreElements,
  interval,
  lastValueFrom,
  merge,
  of,
  tap,
  timer,
  type Observable,
} from 'rxjs';
import type { Detector } from '../../operators/detect/detector.ts';
import { Clusters } from '../../operators/discover/clusters.ts';
import { Discoverer } from '../../operators/discover/discoverer.ts';
import { Novelty } from '../../operators/discover/novelty.ts';
import type { DiscoveredFrame } from '../../operators/discover/unknown.ts';
import type { Source } from '../../operators/ingest/source.ts';
import type { Learner } from '../../operators/learn/learner.ts';
import { remember, type Remembered } from '../../operators/remember/remember.ts';
import type { Sample } from '../../operators/remember/sample.ts';
import type { CameraMetrics, ModelMessage, SampleMessage } from '../../sinks/events.ts';
import { BackgroundCollector } from './sampling/background-collector.ts';
import { Camera } from './camera.ts';
import { CommandHandling } from './command-handling.ts';
import type { CameraConfig, Config } from '../configuration/config.ts';
import { detectionsOf, sampleMessageOf } from './frame-events.ts';
import { FrameScheduler } from '../../operators/foundation/time/virtual-time.ts';
import { HeldOut } from '../../operators/label/held-out-split.ts';
import { Learning } from './learning.ts';
import type { Log } from '../log.ts';
import type { Sinks } from './open-sinks.ts';
import { PictureEncoder } from './picture-encoder.ts';
import { RunMeter } from './metrics/run-meter.ts';
import type { RunReport } from './metrics/run-report.ts';
import { SampleMaker } from './sampling/sample-maker.ts';
import { SimulatedAnnotator } from './sampling/simulated-annotator.ts';
import type { State } from '../state/state-folder.ts';

export interface WatchParts {
  readonly config: Config;
  readonly log: Log;
  readonly state: State;
  readonly detector: Detector;
  readonly learner: Learner;
  readonly sinks: Sinks;
  readonly sources: readonly {
    readonly name: string;
    readonly camera: CameraConfig;
    readonly source: Source;
  }[];
  /** Most frames to capture, a camera. */
  readonly framesMax?: number;
  /** Longest time to watch, in seconds. */
  readonly secondsMax?: number;
  /** Measures the bare engine on the same frames afterwards. */
  readonly compareEngine: boolean;
}

/** Frames kept for labels that name a moment ago. */
const recentFramesKept = 8;
/** Time between two looks at the background, in ms of the frames' time. */
const backgroundEveryMs = 2000;
/** Samples that may be in the making over all cameras. */
const samplesInMaking = 4;
/** How long an update waits for labels that are still on their way. */
const labelsTogetherMs = 1000;
/** What was learned is written down at most this often, and at the end. */
const saveEveryMs = 15_000;
/** The bare engine runs for as long as the frames took, within these bounds: a busy machine moves a few seconds by a tenth. */
const benchSeconds = { min: 1, max: 20 };

/** Everything that runs between opening and closing: the cameras' graphs, learning, and what is published of both. */
export class Watch {
  readonly commands: CommandHandling;
  readonly meter: RunMeter;
  readonly #parts: WatchParts;
  readonly #cameras = new Map<string, Camera>();
  readonly #clusters = new Clusters();
  readonly #learning: Learning;
  readonly #maker: SampleMaker;
  readonly #background: BackgroundCollector;
  readonly #teacher: SimulatedAnnotator;
  /** Simulations that run as fast as they can go through the graph frame by frame. */
  readonly #lockstep: FrameScheduler | null;
  #unsaved = false;
  #skippedSamples = 0;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    const { config, learner, state, detector, sinks, sources } = parts;
    const { memory, heads } = state;
    const virtual = sources.every(
      ({ source, camera }) => source.kind === 'world' && camera.pace === 'demand',
    );
    this.#lockstep = virtual && sources.length === 1 ? new FrameScheduler() : null;
    const wallNow = this.#lockstep === null ? Date.now : () => this.#lockstep?.now() ?? 0;
    this.#background = new BackgroundCollector({
      learner,
      everyMs: backgroundEveryMs,
      now: this.#lockstep === null ? () => performance.now() : null,
    });
    this.#teacher = new SimulatedAnnotator({ delayMs: config.world.labelDelayMs });
    const { thumbnails, thumbnailPixels } = config.remember;
    this.#maker = new SampleMaker({
      learner,
      thumbnailPixels: thumbnails ? thumbnailPixels : 0,
      firstNumber: newestNumber(memory.values()),
    });
    this.#learning = new Learning({
      learner,
      memory,
      line: heads,
      keeper: state.store,
      install: (head) => detector.setHead(head.version, head.objectness),
      trigger: config.learn,
      tolerance: config.swap.tolerance,
      background: this.#background,
      quiet: () => this.commands.quiet(labelsTogetherMs),
      scheduler: this.#lockstep ?? asyncScheduler,
      now: () => performance.now(),
      wallNow,
      publish: (message) => this.#modelChanged(message),
    });
    this.commands = new CommandHandling({
      cameras: this.#cameras,
      maker: this.#maker,
      learning: this.#learning,
      line: heads,
      memory,
      heldOut: new HeldOut(config.learn.heldOutShare),
      resolveCluster: (id) => this.#clusters.resolve(id),
      nowMs: wallNow,
      onChanged: (before, after) => {
        this.#learning.changed(before, after);
        sinks.publish(this.#messageOf(after));
      },
      onClusterLabelled: (id, label) => {
        this.#clusters.setState(
          id,
          label === null || label.kind === 'notA'
            ? { kind: 'unlabelled' }
            : label.kind === 'background'
              ? { kind: 'dismissed' }
              : { kind: 'class', class: label.class ?? '' },
        );
      },
    });
    this.#openCameras();
    this.meter = new RunMeter({
      memory,
      line: heads,
      learning: this.#learning,
      cameras: this.#cameras,
      detector,
      strategy: config.learn.strategy,
    });
  }

  /** The samples that wait for a name, oldest first. */
  waitingSamples(): readonly SampleMessage[] {
    return [...this.#parts.state.memory.values()]
      .filter(({ label }) => label === null)
      .map((sample) => this.#messageOf(sample));
  }

  /** Whether at least one camera gives pictures, or has given all it had. */
  health(): { readonly ok: boolean; readonly cameras: Readonly<Record<string, string>> } {
    const states = [...this.#cameras.values()].map(({ name, state }) => [name, state] as const);
    const ok = states.some(([, state]) => ['running', 'paused', 'ended'].includes(state));
    return { ok, cameras: Object.fromEntries(states) };
  }

  /** Watches until the cameras end, a limit is reached or `signal` says stop. */
  async run(signal: AbortSignal): Promise<RunReport> {
    const { state, detector, learner, compareEngine, secondsMax, log } = this.#parts;
    const { active } = state.heads;
    await detector.setHead(active.version, active.objectness);
    const stops = [
      ...(signal.aborted ? [of(null)] : [fromEvent(signal, 'abort')]),
      ...(secondsMax === undefined ? [] : [timer(1000 * secondsMax)]),
    ];
    const stopping = merge(...stops).pipe(
      tap(() => {
        for (const camera of this.#cameras.values()) camera.stop();
      }),
    );
    const telling = interval(1000).pipe(tap(() => this.#everySecond()));
    const saving = interval(saveEveryMs).pipe(concatMap(() => this.#save()));
    const beside = merge(stopping, telling, saving).subscribe({
      error: (error: unknown) => log.error({ err: error }, 'figures and saving have stopped'),
    });
    try {
      await lastValueFrom(this.#allCameras(), { defaultValue: null });
    } finally {
      beside.unsubscribe();
      this.#learning.close();
    }
    // Saved before the report says so; Ctrl-C has two seconds, and this takes a fraction of one.
    await state.save(learner);
    if (this.#skippedSamples > 0) log.debug(`${this.#skippedSamples} samples were passed over`);
    this.#everySecond();
    const { views } = this.meter;
    if (!compareEngine || views.length === 0 || signal.aborted) return this.meter.report(null);
    const { durationMs } = this.meter.report(null);
    const seconds = Math.min(benchSeconds.max, Math.max(benchSeconds.min, durationMs / 1000));
    const { fps } = await detector.bench(views, seconds);
    return this.meter.report(fps);
  }

  #openCameras(): void {
    const { config, detector, learner, state, sources, log, sinks, framesMax } = this.#parts;
    const shared = { clusters: this.#clusters, novelty: new Novelty() };
    for (const { name, camera, source } of sources) {
      const onState = (entered: CameraMetrics['state'], detail: string): void => {
        const level = entered === 'lost' ? 'warn' : entered === 'failed' ? 'debug' : 'info';
        log[level]({ camera: name }, `${entered}: ${detail}`);
        const timestampMs = Date.now();
        sinks.publish({ type: 'camera', camera: name, state: entered, detail, timestampMs });
      };
      this.#cameras.set(
        name,
        new Camera({
          name,
          config: camera,
          source,
          viewSize: config.detect.size,
          seeing: config.detect,
          track: config.track,
          detector,
          learner,
          discoverer: new Discoverer(config.discover, shared),
          headOf: (version) => state.heads.get(version)?.head ?? state.heads.active,
          lockstep: this.#lockstep !== null,
          recentFrames: this.#lockstep === null ? recentFramesKept : 0,
          ...(framesMax === undefined ? {} : { framesMax }),
          onState,
          onCaptured: () => this.meter.started(),
          onFrameDetected: ({ head }) => this.#learning.seen(head.version),
          onLookFailed: (error) => log.debug({ err: error }, 'a second look failed'),
        }),
      );
    }
  }

  /** All cameras side by side; one that fails leaves the others alone, the last one's failure is the run's. */
  #allCameras(): Observable<unknown> {
    const { log } = this.#parts;
    const cameras = [...this.#cameras.values()];
    let failures = 0;
    return merge(
      ...cameras.map((camera) =>
        this.#watch(camera).pipe(
          ignoreElements(),
          catchError((error: unknown) => {
            failures++;
            if (failures === cameras.length) throw error;
            const why = error instanceof Error ? error.message : String(error);
            log.error({ camera: camera.name }, `camera given up: ${why}`);
            return EMPTY;
          }),
        ),
      ),
    );
  }

  #watch(camera: Camera): Observable<DiscoveredFrame> {
    const { config, state, sinks, compareEngine } = this.#parts;
    const pictures = new PictureEncoder({
      fpsMax: config.dashboard.pictureFps,
      widthMax: 960,
      quality: 75,
    });
    const remembering = remember<DiscoveredFrame>(state.memory, (seen) => this.#samplesOf(seen), {
      pendingMax: samplesInMaking,
      onDropped: () => this.#skippedSamples++,
    });
    const kept = (frames: Observable<DiscoveredFrame>): Observable<never> =>
      frames.pipe(
        filter(({ toSample }) => toSample.length > 0),
        remembering,
        tap((remembered) => this.#remembered(remembered)),
        ignoreElements(),
      );
    // Samples are begun before the frame is handed on, which is where it is released.
    const live = connect((frames: Observable<DiscoveredFrame>) =>
      merge(kept(frames), frames.pipe(tap((seen) => void this.#afterwards(seen)))),
    );
    const inStep = concatMap((seen: DiscoveredFrame) =>
      concat(kept(of(seen)), defer(() => this.#afterwards(seen)).pipe(ignoreElements()), of(seen)),
    );
    return camera.frames().pipe(
      this.#lockstep === null ? live : inStep,
      tap((seen) => {
        this.meter.see(seen, compareEngine);
        sinks.publish(detectionsOf(seen));
        if (sinks.wantsPictures(camera.name)) void this.#picture(pictures, seen);
        seen.frame.release();
      }),
    );
  }

  /** What a frame gives rise to besides its detections. Awaited in lockstep only. */
  async #afterwards(seen: DiscoveredFrame): Promise<void> {
    const { timestampMs } = seen.frame;
    await this.#background.see(seen);
    await this.#teacher.speak(timestampMs, (command, by) => this.commands.handle(command, by));
    if (this.#lockstep === null) return;
    this.#lockstep.advance(timestampMs);
    await this.#learning.settled();
  }

  #samplesOf({ frame, toSample }: DiscoveredFrame): Observable<readonly Sample[]> {
    const making = toSample.map(({ track, box, novelty, clusterId }) =>
      this.#maker.make(frame, {
        box,
        novelty,
        clusterId,
        trackId: track.id,
      }),
    );
    return from(Promise.all(making)).pipe(
      tap((samples) => samples.forEach((sample) => this.#teacher.see(sample, frame))),
      catchError((error: unknown) => {
        this.#skippedSamples += toSample.length;
        this.#parts.log.debug({ err: error }, 'a sample could not be taken');
        return EMPTY;
      }),
    );
  }

  #remembered({ sample, taken, evicted }: Remembered): void {
    this.meter.remembered(evicted.length);
    if (taken) this.#parts.sinks.publish(this.#messageOf(sample));
  }

  #messageOf(sample: Sample): SampleMessage {
    const clusterId = this.#clusters.resolve(sample.clusterId);
    let size = 0;
    for (const other of this.#parts.state.memory.values()) {
      if (this.#clusters.resolve(other.clusterId) === clusterId) size++;
    }
    return sampleMessageOf(sample, clusterId, size);
  }

  async #picture(encoder: PictureEncoder, { frame }: DiscoveredFrame): Promise<void> {
    const { camera, index, timestampMs } = frame;
    const jpeg = await encoder.encode(frame, performance.now()).catch(() => null);
    if (jpeg !== null) {
      this.#parts.sinks.publishPicture({ camera, frame: index, timestampMs, jpeg });
    }
  }

  #modelChanged(message: ModelMessage): void {
    const { log, sinks } = this.#parts;
    const { event, detail, labelToLiveMs } = message;
    const took =
      labelToLiveMs === undefined ? '' : ` (label to live ${Math.round(labelToLiveMs)} ms)`;
    log[event === 'failed' ? 'error' : event === 'refused' ? 'warn' : 'info'](`${detail}${took}`);
    if (event === 'swapped') this.#unsaved = true;
    sinks.publish(message);
  }

  #everySecond(): void {
    this.#parts.sinks.publish(this.meter.message());
  }

  /** Writes samples and learner down where something was learned since. Never rejects. */
  async #save(): Promise<void> {
    if (!this.#unsaved) return;
    this.#unsaved = false;
    const { state, learner, log } = this.#parts;
    await state.save(learner).catch((error: unknown) => {
      this.#unsaved = true;
      log.error(error instanceof Error ? error.message : String(error));
    });
  }
}

/** Number of the newest sample, so that ids of an earlier run are not given again. */
function newestNumber(samples: Iterable<Sample>): number {
  let newest = 0;
  for (const { id } of samples) newest = Math.max(newest, Number(/^s(\d+)$/.exec(id)?.[1] ?? 0));
  return newest;
}
