import { availableParallelism } from 'node:os';
import sharp from 'sharp';
import { Detector } from '../../operators/detect/detector.ts';
import { createSource } from '../../operators/ingest/sources/create-source.ts';
import { seededRandom } from '../../operators/foundation/numbers/seeded-random.ts';
import { Learner } from '../../operators/learn/learner.ts';
import type { RunFlags } from '../configuration/run-flags.ts';
import { configFromFlags } from '../configuration/config-flags.ts';
import type { Config } from '../configuration/config.ts';
import { createLog, type Log } from '../log.ts';
import { openSinks, type Sinks } from '../application/open-sinks.ts';
import { openState, type State } from '../state/state-folder.ts';
import { Watch, type WatchParts } from '../application/watch.ts';
import { probeReport, writeReport } from './write-report.ts';

/**
 * `lifelens run`: opens everything in the order in which things can go wrong, watches until the
 * cameras end, the limits are reached or `signal` says stop, and closes everything again.
 */
export async function run(flags: RunFlags, version: string, signal: AbortSignal): Promise<void> {
  const config = await configFromFlags(flags, process.env);
  const log = createLog(config.log);
  if (flags.report !== undefined) await probeReport(flags.report);
  // sharp's threads would take the processor from the detector; pictures can wait.
  sharp.concurrency(1);
  const sources = Object.entries(config.cameras)
    .filter(([, { enabled }]) => enabled)
    .map(([name, camera]) => ({ name, camera, source: sourceOf(config, camera) }));
  const state = await openState({
    dir: config.state.dir,
    keepVersions: config.swap.keepVersions,
    policy: config.remember.policy,
    bytesMax: config.remember.bytesMax,
    random: seededRandom(config.seed),
    onDamaged: (message) => log.warn(message),
  });
  try {
    await runOn({ flags, version, signal, config, log, sources, state });
  } finally {
    await state.close();
  }
}

interface RunParts {
  readonly flags: RunFlags;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly config: Config;
  readonly log: Log;
  readonly sources: WatchParts['sources'];
  readonly state: State;
}

/** Opens the rest, watches, and closes it again. */
async function runOn(parts: RunParts): Promise<void> {
  const { flags, version, signal, config, log, sources, state } = parts;
  const workers = await openWorkers(config, log, signal);
  const [detector, learner] = workers;
  let watch: Watch | null = null;
  let sinks: Sinks | null = null;
  try {
    await state.restoreLearner(learner);
    const opened = await openSinks({
      config,
      version,
      log,
      ...(flags.detections === undefined ? {} : { detectionsFile: flags.detections }),
      // Nobody can connect before the next statement has run.
      handle: (command, by) => watch!.commands.handle(command, by),
      hello: () => ({
        version,
        cameras: sources.map(({ name }) => name),
        engine: detector.describe.reason,
        strategy: config.learn.strategy,
        headVersion: state.heads.active.version,
        classes: state.heads.active.classes,
        baseClasses: detector.describe.baseClasses,
      }),
      samples: () => watch?.waitingSamples() ?? [],
      health: () => watch?.health() ?? { ok: false },
    });
    sinks = opened;
    watch = new Watch({
      config,
      log,
      state,
      detector,
      learner,
      sinks,
      sources,
      compareEngine: flags.compareEngine ?? false,
      ...(flags.frames === undefined ? {} : { framesMax: flags.frames }),
      ...(flags.seconds === undefined ? {} : { secondsMax: flags.seconds }),
    });
    if (sinks.url !== null) log.info(`dashboard at ${sinks.url}`);
    const report = await watch.run(signal);
    if (flags.report !== undefined) await writeReport(flags.report, report);
  } finally {
    await Promise.all([sinks?.close(), detector.close(), learner.close()]);
  }
}

async function openWorkers(
  config: Config,
  log: Log,
  signal: AbortSignal,
): Promise<readonly [Detector, Learner]> {
  const { engine, size, threads, maxPeaks } = config.detect;
  const opening = await Promise.allSettled([
    Detector.start({
      engine,
      // One core stays free for decoding, tracking and learning: see docs/architecture.md.
      threads: threads ?? Math.max(1, availableParallelism() - 1),
      viewSize: size,
      maxPeaks,
    }),
    Learner.start({
      engine,
      strategy: config.learn.strategy,
      seed: config.seed,
      // A client may have 64 commands under way, each of which is a scene to look at.
      scenesMax: 96,
    }),
  ]);
  const [detector, learner] = opening;
  if (detector.status === 'fulfilled' && learner.status === 'fulfilled') {
    log.info(detector.value.describe.reason);
    return [detector.value, learner.value];
  }
  for (const opened of opening) if (opened.status === 'fulfilled') await opened.value.close();
  signal.throwIfAborted();
  throw opening.find((result) => result.status === 'rejected')?.reason;
}

function sourceOf(config: Config, camera: Config['cameras'][string]) {
  const { source, fps, loop, maxSidePixels, stallMs } = camera;
  return createSource(source, {
    seed: config.seed,
    loop,
    maxSide: maxSidePixels,
    stallMs,
    ...(fps === null ? {} : { fps }),
  });
}
