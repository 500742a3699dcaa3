import { builtInLayout, isSameLayout } from '../../../operators/detect/engines/embedding-layout.ts';
import { chooseEngine } from '../../../operators/detect/engines/choose-engine.ts';
import type { Dataset } from '../../../operators/datasets/dataset.ts';
import { withOneSpelling } from '../../../operators/datasets/one-spelling.ts';
import { squareOf } from '../../../operators/ingest/frames/view-plan.ts';
import { canvasOf } from '../../../operators/ingest/frames/view-size.ts';
import { openSet, type OpenSetOptions } from '../../batch/open-set.ts';
import { allThreads, modelsOf, viewsOf } from '../../configuration/engine-settings.ts';
import { configFromFlags } from '../../configuration/config-flags.ts';
import type { Log } from '../../log.ts';
import { createBenchStrategy } from './ablations.ts';
import { BackboneCache } from './cache/backbone-cache.ts';
import { BenchLearner } from './bench-learner.ts';
import { defaultCheckpoints, type BenchLearningFlags } from './bench-learning-flags.ts';
import { defaultCacheFolder } from './cache-files.ts';
import { CachedPredictor } from './cache/cached-predictor.ts';
import { createWithinCap } from './create-within-cap.ts';
import { jointBound } from './joint-bound.ts';
import type { LearningReport } from './learning-report.ts';
import { describeHardware, readCommit, readPeakRss, resetPeakRss } from './machine.ts';
import { packOutcomes, type RunOutcomes } from './outcomes-file.ts';
import { timeLabelToLive } from './time-label-to-live.ts';
import { findProtocol } from '../protocols/protocol-registry.ts';
import {
  type FinalOutcomes,
  type LearningSession,
  type Protocol,
  ProtocolError,
} from '../protocols/protocol.ts';

/**
 * Strategies of the joint bound: by gradient, by ridge regression, and two forms of the default.
 */
const jointNames: readonly string[] = ['joint', 'ridge', 'tally', 'tally-whole'];
/** The same for another encoder, of whose embeddings `tally` keeps all or almost all anyway. */
const withoutLayouts = jointNames.filter((name) => name !== 'tally-whole');

/** Mean of the updates' times, in ms. */
function meanTimes(updates: BenchLearner['updates']) {
  return {
    updateMs: mean(updates.map(({ updateMs }) => updateMs)),
    cpuMs: mean(updates.map(({ cpuMs }) => cpuMs)),
  };
}

function protocolOf(flags: BenchLearningFlags): Protocol {
  const protocol = findProtocol(flags.protocol);
  if (protocol === undefined) throw new ProtocolError(`there is no protocol ${flags.protocol}`);
  return protocol;
}

/** Refuses a detector of the user: the cache holds the built-in one's maps. */
function refuseDetector({ model, format, names }: BenchLearningFlags): void {
  if (model === undefined && format === undefined && names === undefined) return;
  throw new ProtocolError(
    'bench learning measures with the built-in detector only: leave out --model, --format and --names',
  );
}

/**
 * Runs one protocol with one strategy and reports the outcome. With `--outcomes`, `writeOutcomes`
 * gets the contents of that file.
 */
export async function benchLearning(
  flags: BenchLearningFlags,
  version: string,
  log: Log,
  signal: AbortSignal,
  writeOutcomes?: (bytes: Uint8Array) => Promise<void>,
): Promise<LearningReport> {
  const startedMs = performance.now();
  const protocol = protocolOf(flags);
  refuseOutcomes(flags, protocol);
  refuseDetector(flags);
  const given = present(flags, ['size', 'shape', 'encoder', 'cropSize', 'engine', 'seed']);
  const config = await configFromFlags({ ...given, dashboard: false }, process.env);
  const { seed, detect, learn, remember } = config;
  const name = flags.strategy === 'default' ? learn.strategy : flags.strategy;
  const { train, test } = await openSets(flags, { detect, log, signal });
  const { engine, reason } = await chooseEngine(detect.engine, {
    threads: allThreads(detect),
    models: modelsOf(detect),
    viewSize: viewsOf(detect),
  });
  try {
    log.info(reason);
    const folder = flags.cache ?? defaultCacheFolder(process.env);
    const { viewSize } = engine;
    const cache = await BackboneCache.open(folder, engine, viewSize);
    const limits = { seed, memoryBytes: remember.bytesMax, embedding: engine.embedding };
    const { strategy, memory } = createWithinCap(name, flags.memory, limits);
    const examplesOf = cache.examples.bind(cache);
    const learner = new BenchLearner({ strategy, memory, examplesOf, signal });
    const checkpointsMax = flags.checkpoints ?? defaultCheckpoints;
    const parts = { train, test, seed, viewSize, engine, log, signal };
    const session = createSession({ ...parts, learner, checkpointsMax }, cache, folder);
    const { outcome, recorded } = await runProtocol(protocol, session);
    if (flags.outcomes !== undefined && recorded !== null) {
      await writeOutcomes?.(packOutcomes({ ...runOf(flags, name, session), ...recorded }));
    }
    warnOfExcess(name, learner, flags.memory, log);
    // Read before one more label is timed, which is no part of the protocol.
    const { bytesPeak } = learner;
    const updates = [...learner.updates];
    const classes = strategy.classes.length;
    const peakRssBytes = readPeakRss();
    const labelToLiveMs = await timeLabelToLive(learner, engine, train.images, viewSize, signal);
    return {
      protocol: protocol.name,
      strategy: name,
      paper: strategy.paper,
      ...describeSets(flags, train, test),
      classes,
      seed,
      size: canvasOf(squareOf(viewSize)).width,
      shape: detect.shape,
      engine: reason,
      checkpoints: checkpointsMax,
      ...outcome,
      bytes: bytesPeak,
      bytesMax: flags.memory ?? null,
      version,
      commit: await readCommit(),
      ...meanTimes(updates),
      updates,
      peakRssBytes,
      labelToLiveMs,
      wallMs: performance.now() - startedMs,
      hardware: describeHardware(),
    };
  } finally {
    await engine.close();
  }
}

/** Refuses a file that the protocol has nothing for. */
function refuseOutcomes({ outcomes }: BenchLearningFlags, protocol: Protocol): void {
  if (outcomes === undefined || protocol.recordsOutcomes !== false) return;
  throw new ProtocolError(`protocol ${protocol.name} has no outcomes to write: omit --outcomes`);
}

function runOf(
  { protocol, train, test: spec }: BenchLearningFlags,
  strategy: string,
  { seed, test }: LearningSession,
): Omit<RunOutcomes, keyof FinalOutcomes> {
  const pictures = test.images.map(({ id }) => id);
  return { protocol, strategy, train, test: spec, seed, pictures };
}

/** Runs a protocol; `recorded` is null where it records no outcomes. */
async function runProtocol(protocol: Protocol, session: LearningSession) {
  const recorded: FinalOutcomes[] = [];
  const outcome = await protocol.run({
    ...session,
    record: (outcomes) => void recorded.push(outcomes),
  });
  return { outcome, recorded: recorded.at(-1) ?? null };
}

async function openSets(flags: BenchLearningFlags, options: OpenSetOptions) {
  const opening = { ...options, skipBroken: flags.skipBroken ?? false };
  const train = await pickImages(flags.train, flags, opening);
  const picked = await pickImages(flags.test, flags, opening);
  return { train, test: withOneSpelling(picked, flags.test, train.classes) };
}

/** Adds prediction and the joint bound, both from the cache. */
function createSession(
  parts: Omit<LearningSession, 'predictor' | 'jointBound'>,
  cache: BackboneCache,
  folder: string,
): LearningSession {
  const { seed, test, log, signal } = parts;
  const { embedding } = cache.engine;
  return {
    ...parts,
    predictor: new CachedPredictor(cache),
    jointBound: async (steps, after) => {
      const names = isSameLayout(embedding, builtInLayout) ? jointNames : withoutLayouts;
      const learners = names.map((name) => () => createBenchStrategy(name, { seed, embedding }));
      const bound = { cache, folder, learners, testImages: test.images, log, signal };
      const bounds = await jointBound(bound, steps, after);
      // The peak is to be the method's own, not the bound's.
      resetPeakRss();
      return bounds;
    },
  };
}

/** Opens a set; `--images` keeps that many of its images, evenly spaced. */
async function pickImages(
  spec: string,
  { images }: BenchLearningFlags,
  options: OpenSetOptions,
): Promise<Dataset> {
  const { set } = await openSet(spec, options);
  const count = Math.min(images ?? Infinity, set.images.length);
  const picked = Array.from(
    { length: count },
    (_, i) => set.images[Math.floor((i * set.images.length) / count)]!,
  );
  return { ...set, images: picked };
}

function describeSets(flags: BenchLearningFlags, train: Dataset, test: Dataset) {
  return {
    train: flags.train,
    test: flags.test,
    trainImages: train.images.length,
    testImages: test.images.length,
    trainMended: train.mended,
    testMended: test.mended,
    trainSkipped: train.skipped,
    testSkipped: test.skipped,
  };
}

/** Joint training keeps all examples regardless of the cap. */
function warnOfExcess(
  name: string,
  { bytesPeak }: BenchLearner,
  bytesMax: number | undefined,
  log: Log,
): void {
  if (bytesMax === undefined || bytesPeak <= bytesMax) return;
  log.warn(`${name} ignores the cap: it used ${bytesPeak} bytes, --memory allows ${bytesMax}`);
}

function present<Key extends keyof BenchLearningFlags>(
  flags: BenchLearningFlags,
  keys: readonly Key[],
): Partial<Pick<BenchLearningFlags, Key>> {
  return Object.fromEntries(
    keys.flatMap((key) => (flags[key] === undefined ? [] : [[key, flags[key]]])),
  ) as Partial<Pick<BenchLearningFlags, Key>>;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
