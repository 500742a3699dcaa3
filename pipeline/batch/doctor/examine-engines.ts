import { availableParallelism } from 'node:os';
import type { Detector, DetectorOptions } from '../../../operators/detect/detector.ts';
import {
  detectorWorkersMax,
  layoutOf,
  startDetectors,
} from '../../../operators/detect/start-detectors.ts';
import type { EngineName } from '../../../operators/detect/engines/engine-choice.ts';
import { EngineError } from '../../../operators/detect/engines/engine-error.ts';
import { enginesFor } from '../../../operators/detect/engines/engine-of-models.ts';
import { firstLine } from '../../../operators/foundation/errors/message-of.ts';
import { squareOf } from '../../../operators/ingest/frames/view-plan.ts';
import { canvasOf, type ViewSize } from '../../../operators/ingest/frames/view-size.ts';
import { roomFps } from '../../application/sizing/choose-size.ts';
import { leastMs } from '../../application/sizing/measure-speed.ts';
import { mostThreads } from '../../application/sizing/open-detector.ts';
import type { Config } from '../../configuration/config.ts';
import { modelsOf } from '../../configuration/engine-settings.ts';
import { defaultViewSize } from '../../../operators/detect/engines/engine-models.ts';
import { fine, problem, type Finding } from './finding.ts';

/** Sides of the detector's input that are timed, in pixels. */
const timedSides = [256, 320, 416, 512, 640] as const;
const runsMax = 3;

/** How fast an engine detects at one size, on some threads. */
export interface SpeedRow {
  readonly engine: EngineName;
  /** The device or backend. */
  readonly provider: string;
  /** Frames that are detected at once … */
  readonly workers: number;
  /** … on these threads in all. */
  readonly threads: number;
  /** The longer one of a view that is no square. */
  readonly side: number;
  readonly ms: number;
  /** Frames per second of the detector alone. */
  readonly fps: number;
  /** Cameras at 5 and 10 frames per second that leave room for all else. */
  readonly camerasAt5: number;
  readonly camerasAt10: number;
}

/** What is known of the engines so far. */
export class EnginesExamined {
  readonly findings: Finding[] = [];
  readonly rows: SpeedRow[] = [];
  /** Whether any engine loads. */
  isLoaded = false;
  readonly #found: (finding: Finding) => void;

  /** @param found Called with each finding. */
  constructor(found: (finding: Finding) => void = () => undefined) {
    this.#found = found;
  }

  add(finding: Finding): void {
    this.findings.push(finding);
    this.#found(finding);
  }
}

/** Starts a detector of workers with these threads in all. */
export type StartDetector = (
  options: Pick<DetectorOptions, 'models' | 'viewSize'> & {
    readonly engine: EngineName;
    readonly threads: number;
    readonly workers: Config['detect']['workers'];
  },
) => Promise<TimedDetector>;

interface TimedDetector extends Pick<Detector, 'detect' | 'close' | 'parallel'> {
  readonly describe: Pick<Detector['describe'], 'provider' | 'reason' | 'viewSize'>;
}

/**
 * Loads each engine with the configured models and times it, one after the other, until `untilMs`
 * of `performance.now()`; a size for which there is no time has no row. `known` is what it returns,
 * as far as it has come.
 */
export async function examineEngines(
  detect: Config['detect'],
  untilMs: number,
  signal: AbortSignal,
  start: StartDetector = ({ threads, workers, ...options }) =>
    startDetectors(options, layoutOf(threads, workers), { onNotice: () => undefined }),
  known = new EnginesExamined(),
): Promise<EnginesExamined> {
  const addBadModel = (error: unknown): EnginesExamined => {
    const advice =
      'mend detect.model and detect.encoder, as docs/detectors.md and docs/encoders.md say';
    known.add(problem('models', firstLine(error), advice));
    return known;
  };
  let names: readonly EngineName[];
  try {
    names = namesFor(detect);
  } catch (error) {
    if (isBadModel(error)) return addBadModel(error);
    throw error;
  }
  for (const [index, name] of names.entries()) {
    const part = `engine ${name}`;
    const shareMs = (untilMs - performance.now()) / (names.length - index);
    const ownUntilMs = performance.now() + shareMs;
    try {
      for await (const { reason, timed } of timeEngine(name, detect, ownUntilMs, signal, start)) {
        if (reason !== null) known.add(fine(part, reason));
        known.rows.push(...timed);
        known.isLoaded = true;
      }
    } catch (error) {
      signal.throwIfAborted();
      // Only the first engine takes models of the user.
      if (!known.isLoaded && isOfUser(detect) && isBadModel(error)) return addBadModel(error);
      const text = `does not load: ${firstLine(error)}`;
      const isNeeded = detect.engine === name;
      const advice = 'set detect.engine: auto, or install what docs/engines.md names';
      known.add(isNeeded ? problem(part, text, advice) : fine(part, text));
    }
  }
  if (!known.isLoaded && detect.engine === 'auto') {
    const advice = 'install lifelens anew with npm, as docs/engines.md says';
    known.add(problem('engines', 'none loads', advice));
  }
  return known;
}

/**
 * The engines that a run could take, the one that it would take first. Throws an
 * {@link EngineError} `bad-model` where a run refuses the models.
 */
function namesFor(detect: Config['detect']): readonly EngineName[] {
  const models = modelsOf(detect);
  return [...new Set([...enginesFor(detect.engine, models), ...enginesFor('auto', models)])];
}

/** Workers of a live run, see `openDetector`: a size that is given is not measured. */
export function workersOf(detect: Config['detect']): Config['detect']['workers'] {
  const isMeasured = detect.size === 'auto' && detect.model === null;
  return detect.workers === 'auto' && !isMeasured ? 1 : detect.workers;
}

function isOfUser({ model, encoder }: Config['detect']): boolean {
  return model !== null || encoder !== null;
}

function isBadModel(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'bad-model';
}

/** What an engine says of itself, first, and how fast it is on each number of threads. */
async function* timeEngine(
  name: EngineName,
  detect: Config['detect'],
  untilMs: number,
  signal: AbortSignal,
  start: StartDetector,
): AsyncGenerator<{ readonly reason: string | null; readonly timed: readonly SpeedRow[] }> {
  const cores = availableParallelism();
  // Each worker has a thread.
  const least = detect.workers === 'auto' ? 1 : detect.workers;
  const given = detect.threads === 'auto' ? threadCounts(cores) : [detect.threads];
  const counts = [...new Set(given.map((threads) => Math.max(least, threads)))];
  const models = modelsOf(detect);
  // A detector of the user has a size of its own.
  const viewSize = models.detector === null ? defaultViewSize : detect.size;
  const trial = severalWorkers(detect, cores);
  const layouts = counts.map((threads) => ({ threads, workers: workersOf(detect) }));
  for (const layout of trial === null ? layouts : [...layouts, trial]) {
    const { threads } = layout;
    signal.throwIfAborted();
    const isFirst = layout === layouts[0];
    if (!isFirst && performance.now() >= untilMs) return;
    const detector = await start({ engine: name, ...layout, models, viewSize });
    try {
      const { provider, reason } = detector.describe;
      const own = models.detector === null ? timedSides : [squareOf(detector.describe.viewSize)];
      const sizes = layout === trial ? [trial.side] : own;
      const timed = await timeSizes(detector, { name, threads, cores, untilMs, sizes });
      yield { reason: isFirst ? reason : null, timed };
      // Only the processor's own provider has threads.
      if (provider !== 'cpu') return;
    } finally {
      await detector.close();
    }
  }
}

/**
 * As many workers as would be advised where a run has one because its size is given; null where
 * none is.
 */
function severalWorkers({ size, model, threads, workers }: Config['detect'], cores: number) {
  if (size === 'auto' || model !== null || workers !== 'auto') return null;
  const all = threads === 'auto' ? mostThreads(cores) : threads;
  const several = Math.min(all, detectorWorkersMax);
  return several === 1 ? null : { threads: all, workers: several, side: size };
}

interface Timing {
  readonly name: EngineName;
  readonly threads: number;
  readonly cores: number;
  readonly untilMs: number;
  readonly sizes: readonly ViewSize[];
}

async function timeSizes(detector: TimedDetector, timing: Timing): Promise<SpeedRow[]> {
  const { name, threads, cores, untilMs, sizes } = timing;
  const { provider } = detector.describe;
  const used = provider === 'cpu' ? threads : 1;
  const rows: SpeedRow[] = [];
  for (const size of sizes) {
    const { width, height } = canvasOf(size);
    const side = Math.max(width, height);
    const before = rows.at(-1);
    // A size that would not end in time is left out; the first one says that it is slow.
    const expectedMs = before === undefined ? 0 : 2 * before.ms * (side / before.side) ** 2;
    if (before !== undefined && performance.now() + expectedMs > untilMs) break;
    const ms = await leastMs(detector, size, runsMax, untilMs);
    const fpsMax = roomFps(ms, used, cores);
    rows.push({
      engine: name,
      provider,
      workers: detector.parallel,
      threads: used,
      side,
      ms,
      fps: 1000 / ms,
      camerasAt5: Math.floor(fpsMax / 5),
      camerasAt10: Math.floor(fpsMax / 10),
    });
  }
  return rows;
}

/** One thread, half of the cores and all. */
function threadCounts(cores: number): number[] {
  return [...new Set([1, Math.max(1, cores >> 1), cores])];
}
