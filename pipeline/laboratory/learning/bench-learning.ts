import { availableParallelism } from 'node:os';
import { chooseEngine } from '../../../operators/detect/engines/choose-engine.ts';
import type { Engine } from '../../../operators/detect/engines/engine.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import type { LabelledImage, LabelledSet } from '../../../operators/datasets/labelled-set.ts';
import { loadPicture } from '../../../operators/datasets/load-picture.ts';
import { readLabelledSet } from '../../../operators/datasets/read-labelled-set.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { examineScene } from '../../../operators/learn/examples/scene.ts';
import { readsReplay, type StrategyOptions } from '../../../operators/learn/strategies/strategy-registry.ts';
import type { Strategy } from '../../../operators/learn/strategy.ts';
import { createMemory } from '../../../operators/remember/create-memory.ts';
import type { CappedMemory } from '../../../operators/remember/capped-memory.ts';
import type { BenchLearningFlags } from '../../command-line/command-line.ts';
import { configFromFlags } from '../../configuration/config-flags.ts';
import type { Log } from '../../log.ts';
import { createBenched, strategyOf } from './ablations.ts';
import { BenchLearner, refusalOf, StrategyError } from './bench-learner.ts';
import { defaultCacheFolder } from './cache-files.ts';
import { CachedPredictor } from './cached-predictor.ts';
import { jointBound } from './joint-bound.ts';
import type { LearningReport } from './learning-report.ts';
import { describeHardware, readCommit, readPeakRss, resetPeakRss } from './machine.ts';
import { isLearned } from '../protocols/class-incremental.ts';
import { findProtocol } from '../protocols/index.ts';
import { type LearningSession, ProtocolError } from '../protocols/protocol.ts';
import { BackboneCache } from './backbone-cache.ts';

const defaultCheckpoints = 8;
/** Of what may be held, the sample memory's share, where a strategy reads it; the rest is for its own state. */
const memoryShare = 3 / 4;
const labelsTimed = 3;
const labelsTimedMs = 10_000;
const fullSideMax = 1280;

/** Runs one protocol with one strategy, and says what came of it. */
export async function benchLearning(
  flags: BenchLearningFlags,
  version: string,
  log: Log,
  signal: AbortSignal,
): Promise<LearningReport> {
  const startedMs = performance.now();
  const protocol = findProtocol(flags.protocol);
  if (protocol === undefined) throw new ProtocolError(`there is no protocol ${flags.protocol}`);
  const { seed, detect, learn, remember } = await configFromFlags(
    { ...present(flags, ['size', 'engine', 'seed']), dashboard: false },
    process.env,
  );
  const name = flags.strategy === 'default' ? learn.strategy : flags.strategy;
  const train = await openSet(flags.train, flags, log);
  const test = await openSet(flags.test, flags, log);
  const { engine, reason } = await chooseEngine(detect.engine, {
    threads: detect.threads ?? availableParallelism(),
  });
  try {
    log.info(reason);
    const folder = flags.cache ?? defaultCacheFolder(process.env);
    const cache = await BackboneCache.open(folder, engine, detect.size);
    const held = holdWithin(name, flags.memory, { seed, memoryBytes: remember.bytesMax });
    const learner = new BenchLearner({
      ...held,
      evidenceOf: (picture) => cache.evidence(picture),
      signal,
    });
    const session: LearningSession = {
      ...{ train, test, seed, viewSize: detect.size, engine, learner, log, signal },
      checkpointsMax: flags.checkpoints ?? defaultCheckpoints,
      judge: new CachedPredictor(cache),
      jointBound: async (steps, after) => {
        const learners = jointNames.map((joint) => () => createBenched(joint, { seed }));
        const parts = { cache, folder, learners, testImages: test.images, log, signal };
        const bounds = await jointBound(parts, steps, after);
        // What the bound took is not the method's.
        resetPeakRss();
        return bounds;
      },
    };
    const outcome = await protocol.run(session);
    warnOfExcess(name, learner, flags.memory, log);
    // Before one more label is timed: that is none of the protocol's.
    const { bytesMost: bytes } = learner;
    const updates = [...learner.updates];
    const { length: classes } = held.strategy.classes;
    const peakRssBytes = readPeakRss();
    const labelToLiveMs = await timeLabelToLive(learner, engine, train.images, detect.size, signal);
    return {
      protocol: protocol.name,
      strategy: name,
      paper: held.strategy.paper,
      ...{ train: flags.train, test: flags.test },
      ...{ trainImages: train.images.length, testImages: test.images.length },
      ...{ trainMended: train.mended, testMended: test.mended },
      ...{ classes, seed, size: detect.size, engine: reason },
      checkpoints: session.checkpointsMax,
      ...outcome,
      ...{ bytes, bytesMax: flags.memory ?? null, version, commit: await readCommit() },
      updateMs: mean(updates.map(({ updateMs }) => updateMs)),
      cpuMs: mean(updates.map(({ cpuMs }) => cpuMs)),
      ...{ updates, peakRssBytes, labelToLiveMs },
      wallMs: performance.now() - startedMs,
      hardware: describeHardware(),
    };
  } finally {
    await engine.close();
  }
}

/** Joint training by gradient, and in closed form: by ridge, and by the default, as it is and with all that it can hold. */
const jointNames: readonly string[] = ['joint', 'ridge', 'tally', 'tally-whole'];

/** Reads a set and warns; `--images` leaves so many of its pictures, evenly over the set. */
async function openSet(
  spec: string,
  { images }: BenchLearningFlags,
  log: Log,
): Promise<LabelledSet> {
  const set = await readLabelledSet(spec);
  for (const warning of set.warnings) log.warn(warning);
  const count = Math.min(images ?? Infinity, set.images.length);
  const picked = Array.from(
    { length: count },
    (_, i) => set.images[Math.floor((i * set.images.length) / count)]!,
  );
  return { ...set, images: picked };
}

/** What {@link holdWithin} needs beside a strategy's own settings. */
interface HeldOptions {
  readonly seed: number;
  /** Bytes of the sample memory, where nothing says what both together may hold. */
  readonly memoryBytes: number;
}

/**
 * A strategy and, where it reads one, a sample memory, together within so many bytes.
 *
 * @throws {StrategyError} where the strategy refuses so few.
 */
export function holdWithin(
  name: string,
  bytesMax: number | undefined,
  { memoryBytes, ...options }: Omit<StrategyOptions, 'bytesMax'> & HeldOptions,
): { readonly strategy: Strategy; readonly memory: CappedMemory | null } {
  const reads = readsReplay(strategyOf(name));
  const shared = bytesMax === undefined ? memoryBytes : Math.floor(bytesMax * memoryShare);
  const own = bytesMax === undefined ? undefined : reads ? bytesMax - shared : bytesMax;
  // A stream of chance of its own: the strategy's and the protocol's begin at the seed itself.
  const random = seededRandom(options.seed + 3 * 2 ** 32);
  try {
    return {
      strategy: createBenched(name, {
        ...options,
        ...(own === undefined ? {} : { bytesMax: own }),
      }),
      memory: reads ? createMemory('balanced', shared, random) : null,
    };
  } catch (cause) {
    throw refusalOf(name, reads ? shared : null, cause);
  }
}

/** Some bounds keep everything whatever they are allowed. */
function warnOfExcess(
  name: string,
  { bytesMost }: BenchLearner,
  allowed: number | undefined,
  log: Log,
): void {
  if (allowed === undefined || bytesMost <= allowed) return;
  log.warn(`${name} knows no cap: it held ${bytesMost} bytes where --memory allows ${allowed}`);
}

/** One more label, over and over: median of its way to the first picture that is judged with it; null where it is refused. */
async function timeLabelToLive(
  learner: BenchLearner,
  engine: Engine,
  images: readonly LabelledImage[],
  viewSize: number,
  signal: AbortSignal,
): Promise<number | null> {
  const image = images.find(({ objects }) => objects.some(isLearned));
  const object = image?.objects.find(isLearned);
  if (image === undefined || object === undefined) return null;
  const picture = await loadPicture(image, { viewSize, sideMax: fullSideMax });
  const scene = {
    ...picture,
    ...{ viewSize, sourceWidth: image.width, sourceHeight: image.height },
    ...{ ignore: [], exhaustive: false, boxesOnly: true },
  };
  const times: number[] = [];
  const begunMs = performance.now();
  while (times.length < labelsTimed && performance.now() - begunMs < labelsTimedMs) {
    signal.throwIfAborted();
    const startedMs = performance.now();
    const boxes = [{ box: object.box, label: object.class }];
    const id = `late${times.length}`;
    const random = seededRandom(times.length);
    const { examples, ...rest } = await examineScene(engine, { ...scene, id, boxes }, { random });
    const { background, backgroundWeight } = rest;
    const change = { added: examples, removed: [], background, backgroundWeight };
    const head = await updateUnlessRefused(learner, change);
    if (head === null) return null;
    engine.setObjectness(head.objectness);
    await engine.detect(picture.view, viewSize, 100);
    times.push(performance.now() - startedMs);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? null;
}

/** Null where the label is of a class that a strategy has no bytes left for. */
async function updateUnlessRefused(
  learner: BenchLearner,
  change: Parameters<BenchLearner['update']>[0],
): Promise<Head | null> {
  try {
    return await learner.update(change);
  } catch (error) {
    if (error instanceof StrategyError) return null;
    throw error;
  }
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
