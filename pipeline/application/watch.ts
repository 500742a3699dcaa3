import { setImmediate as nextTurn } from 'node:timers/promises';
import sharp from 'sharp';
import type { Observable } from 'rxjs';
import { inTimeAfter } from '../../operators/foundation/time/in-time-after.ts';
import type { Source } from '../../operators/ingest/source.ts';
import type { Command, CommandResult, LifelensEvent, Sink } from '../../sinks/events.ts';
import { InProcessSink } from '../../sinks/in-process.ts';
import { parseConfig, type Config, type ConfigInput } from '../configuration/config.ts';
import { createLog, type Log } from '../log.ts';
import { readVersion } from '../read-version.ts';
import { openState } from '../state/open-state.ts';
import { LearnerRestorer } from '../state/restore/restore-learner.ts';
import { adoptSight } from '../state/sight/adopt-sight.ts';
import type { State } from '../state/state.ts';
import { closeAll } from '../../operators/foundation/streams/close-all.ts';
import { LiveRun } from './live-run.ts';
import { LogSink } from './log-sink.ts';
import type { RunReport } from './metrics/run-report.ts';
import { configuredCameras, type ConfiguredCamera } from './open-cameras.ts';
import { openSinks, type Sinks } from './open-sinks.ts';
import { openWorkers, type Workers } from './open-workers.ts';
import { choosePacing } from './pacing.ts';
import { isAtFullSpeed, wantedRate } from './sizing/wanted-rate.ts';
import { endLimits } from './supervision/end-limits.ts';

/** Settings of {@link watch} that a configuration file cannot hold. */
export interface WatchOptions {
  /**
   * Sources of one's own, by camera name. A name that the configuration lacks becomes a camera
   * with default settings.
   */
  readonly sources?: Readonly<Record<string, Source>>;
  /**
   * Sinks beside those that the configuration opens. They are closed at the end, and where the run
   * cannot start.
   */
  readonly sinks?: readonly Sink[];
  /**
   * Module that exports a learning strategy of one's own, which replaces the configured one. See
   * `LearnerOptions.strategyModule`. Default: none.
   */
  readonly strategyModule?: URL;
  /** Stops the run when aborted. */
  readonly signal?: AbortSignal;
  /** Most frames to capture per camera. Default: no limit. */
  readonly framesMax?: number;
  /** Longest time to run, in seconds. Default: no limit. */
  readonly secondsMax?: number;
  /** File that gets a JSON line per detected frame. Default: none. */
  readonly detectionsFile?: string;
  /** Called with the report before anything is closed; the run waits for it. Default: nothing. */
  readonly onReport?: (report: RunReport) => Promise<void>;
  /** Measures the bare engine on the same frames at the end. Default: false. */
  readonly compareEngine?: boolean;
  /** Default: a log on standard error, as the configuration says. */
  readonly log?: Log;
}

/** A run of lifelens that {@link watch} started. */
export interface Watching {
  /** Address of the dashboard; null where none is served. */
  readonly url: string | null;
  /**
   * Detections, samples, model events, metrics and camera states, as they happen. Hot: nothing is
   * captured before the caller of `watch` had a turn to subscribe. Completes at the end.
   */
  readonly events$: Observable<LifelensEvent>;
  /** Resolves at the end with what the run did; rejects where all cameras failed. */
  readonly report: Promise<RunReport>;
  /** Sends a command: a label, an undo, a rollback, pause or resume. Resolves with its result. */
  send(command: Command): Promise<CommandResult>;
  /** Stops the cameras, saves the state, closes everything, and resolves with the report. */
  stop(): Promise<RunReport>;
}

/**
 * Watches cameras: detects known objects, takes samples of unknown ones, learns those that are
 * labelled, and publishes all of it to sinks, until the cameras end or the run is stopped.
 *
 * Rejects with a `ConfigError`, or with the error of the part that cannot be opened; nothing stays
 * open then.
 *
 * @example
 * import { watch } from 'lifelens';
 *
 * const lifelens = await watch({ cameras: { door: { source: 'rtsp://camera/stream' } } });
 * lifelens.events$.subscribe((event) => {
 *   if (event.type === 'detections') console.log(event.camera, event.detections);
 * });
 */
export async function watch(
  config: ConfigInput = {},
  options: WatchOptions = {},
): Promise<Watching> {
  try {
    return await open(parseConfig(withCustomCameras(config, options.sources)), options);
  } catch (error) {
    await Promise.allSettled((options.sinks ?? []).map(async (sink) => sink.close()));
    throw error;
  }
}

/** Opens state and workers, and the rest on them. */
async function open(settings: Config, options: WatchOptions): Promise<Watching> {
  const log = options.log ?? createLog(settings.log);
  // sharp's threads would take the processor from the detector; pictures can wait.
  sharp.concurrency(1);
  // Pictures are encoded once: a cache of them would only hold memory.
  sharp.cache(false);
  const { sources: custom, framesMax } = options;
  const cameras = configuredCameras(settings, { custom, framesMax });
  const { state, workers } = await openParts(settings, options, cameras, log);
  try {
    return await openOn({ settings, options, log, cameras, state, workers });
  } catch (error) {
    const { closeMs } = endLimits;
    await Promise.allSettled([workers.detector.close(closeMs), workers.learner.close(closeMs)]);
    await state.close();
    throw error;
  }
}

/**
 * Reads the state while the workers load their engines. Rejects with the state's error, or else
 * with that of a worker; nothing stays open then.
 */
async function openParts(
  settings: Config,
  options: WatchOptions,
  cameras: readonly ConfiguredCamera[],
  log: Log,
): Promise<Pick<Opening, 'state' | 'workers'>> {
  const reading = openState(settings.state.dir, settings, log);
  const [state, workers] = await Promise.allSettled([
    reading,
    openWorkers(settings, log, {
      ...options,
      // The engine is compared at one size, the same everywhere.
      wanted: options.compareEngine === true ? null : wantedRate(cameras),
      atFullSpeed: isAtFullSpeed(cameras, choosePacing(cameras)),
      restoreState: async () => (await reading).learner?.bytes ?? null,
    }),
  ]);
  if (state.status === 'fulfilled' && workers.status === 'fulfilled') {
    return { state: state.value, workers: workers.value };
  }
  if (workers.status === 'fulfilled') {
    const { detector, learner } = workers.value;
    await Promise.allSettled([detector.close(), learner.close()]);
  }
  if (state.status === 'rejected') throw state.reason;
  await state.value.close();
  throw (workers as PromiseRejectedResult).reason;
}

interface Opening {
  readonly settings: Config;
  readonly options: WatchOptions;
  readonly log: Log;
  readonly cameras: readonly ConfiguredCamera[];
  readonly state: State;
  readonly workers: Workers;
}

/** Opens the rest on a state and workers that are held, and starts the run. */
async function openOn(opening: Opening): Promise<Watching> {
  const { settings, options, log, cameras, state, workers } = opening;
  const stop = new AbortController();
  const inProcess = new InProcessSink();
  const { detector, learner, sizing } = workers;
  const { viewSize } = detector.describe;
  await adoptSight(state, { learner, viewSize, log, signal: options.signal });
  const restorer = new LearnerRestorer(state, learner, log);
  const learned = await restorer.restore();
  const { active } = state.heads;
  await detector.setHead(active.version, active.objectness);
  const version = readVersion();
  const live = new LiveRun({
    config: settings,
    log,
    version,
    state,
    detector,
    learner,
    sizing,
    learned,
    restorer,
    cameras,
    framesMax: options.framesMax,
    secondsMax: options.secondsMax,
    compareEngine: options.compareEngine ?? false,
  });
  const { detectionsFile } = options;
  const sinks = await openSinks({
    config: settings,
    version,
    log,
    status: live.status,
    ...(detectionsFile === undefined ? {} : { detectionsFile }),
    internal: [new LogSink(log), inProcess],
    further: options.sinks ?? [],
  });
  live.status.healthParts.add(() => sinks.health());
  if (sinks.url !== null) log.info(`dashboard at ${sinks.url}`);
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  // The caller of watch() gets to subscribe first.
  const begun = nextTurn();
  const run = () => live.run(sinks, signal);
  const report = begun.then(() => runAndClose(run, { sinks, signal }, opening));
  // The caller may be waiting for the events alone.
  report.catch(() => undefined);
  return {
    url: sinks.url,
    events$: inProcess.events$,
    report,
    // Not before the graph is there to carry it out.
    send: (command) => begun.then(() => inProcess.send(command)),
    stop: () => {
      stop.abort();
      return report;
    },
  };
}

interface Closing {
  readonly sinks: Sinks;
  /** Bounds the time that closing may take, from its abort. */
  readonly signal: AbortSignal;
}

async function runAndClose(
  run: () => Promise<RunReport>,
  { sinks, signal }: Closing,
  { options, state, workers }: Opening,
): Promise<RunReport> {
  try {
    const report = await run();
    await options.onReport?.(report);
    return report;
  } finally {
    // Also where closing fails: this process would otherwise hold the state folder until it ends.
    const { closeMs } = endLimits;
    await closeAll([
      { close: () => inTimeAfter(signal, closeMs, sinks.close()) },
      { close: () => workers.detector.close(closeMs) },
      { close: () => workers.learner.close(closeMs) },
    ]).finally(() => state.close());
  }
}

function withCustomCameras(
  config: ConfigInput,
  sources: Readonly<Record<string, Source>> = {},
): ConfigInput {
  const names = Object.keys(sources);
  if (names.length === 0) return config;
  const added = names.map((name) => [name, { source: `custom:${name}` }] as const);
  return { ...config, cameras: { ...Object.fromEntries(added), ...config.cameras } };
}
