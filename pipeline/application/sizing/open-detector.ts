import { availableParallelism } from 'node:os';
import type { PooledDetector } from '../../../operators/detect/detector-pool.ts';
import { viewOf } from '../../../operators/ingest/frames/view-plan.ts';
import { isSameView } from '../../../operators/ingest/frames/view-size.ts';
import type { Config } from '../../configuration/config.ts';
import { builtInViews } from '../../configuration/engine-settings.ts';
import { defaultViewSize } from '../../../operators/detect/engines/engine-models.ts';
import { chooseSize, type DetectorSpeed, type SizeChoice } from './choose-size.ts';
import { leastMs, measureSpeed, type TimedDetector } from './measure-speed.ts';
import type { WantedRate } from './wanted-rate.ts';

/** Longest time that choosing may add to a start, in ms; the start of a detector not counted. */
export const measureMsMax = 3000;
/** Further threads are tried while they save at least this share of the time. */
const gainMin = 0.15;

/** Starts a detector with these threads in all and workers, warmed up for this side in pixels. */
type StartDetector<D> = (
  threads: number,
  side: number,
  workers: Config['detect']['workers'],
) => Promise<D>;

type SizedDetector = Pick<PooledDetector, 'detect' | 'close' | 'describe' | 'parallel'>;

export interface OpenDetectorOptions {
  readonly detect: Pick<Config['detect'], 'size' | 'threads' | 'workers' | 'shape'>;
  /** Null: nothing is measured. */
  readonly wanted: WantedRate | null;
  /** Whether the detector may take all cores where nothing is measured. Default: false. */
  readonly atFullSpeed?: boolean;
  /** Resolves once nothing else that loads takes the processor. Default: at once. */
  readonly quiet?: Promise<unknown>;
  /** Default: those of this machine. */
  readonly cores?: number;
  /** Aborting it ends the start after the run in progress, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface OpenedDetector<D> {
  readonly detector: D;
  readonly side: number;
  readonly threads: number;
  /**
   * How much less time a frame takes where as many as possible are detected at once than where one
   * is alone: from 1, as where nothing was measured, to the number of workers.
   */
  readonly gain: number;
  /** What was measured and chosen; null where nothing was. */
  readonly choice: SizeChoice | null;
}

/**
 * Starts the detector with the configured size and threads, or with those that measuring it on this
 * machine chooses: on one thread first, and on more while that allows a larger size. Rejects with
 * the error of a start, and leaves none open then.
 */
export async function openDetector<D extends SizedDetector>(
  start: StartDetector<D>,
  options: OpenDetectorOptions,
): Promise<OpenedDetector<D>> {
  const { detect, wanted, cores = availableParallelism(), signal } = options;
  // Each worker has a thread.
  const least = detect.workers === 'auto' ? 1 : detect.workers;
  const unmeasured = options.atFullSpeed === true ? cores : Math.max(1, cores - 1);
  if (detect.size !== 'auto' || wanted === null) {
    const side = detect.size === 'auto' ? defaultViewSize : detect.size;
    const threads = Math.max(least, detect.threads === 'auto' ? unmeasured : detect.threads);
    // One live frame takes the least time on all threads.
    const few = detect.workers === 'auto' && options.atFullSpeed !== true;
    const detector = await start(threads, side, few ? 1 : detect.workers);
    return { detector, side, threads, gain: 1, choice: null };
  }
  const counts =
    detect.threads === 'auto' ? threadCounts(cores, least) : [Math.max(detect.threads, least)];
  const speeds: DetectorSpeed[] = [];
  let open: { readonly threads: number; readonly detector: D } | null = null;
  let leftMs = measureMsMax;
  const openWith = async (threads: number): Promise<D> => {
    if (open?.threads === threads) return open.detector;
    const before = open;
    open = null;
    await before?.detector.close();
    signal?.throwIfAborted();
    const detector = await start(threads, defaultViewSize, detect.workers);
    open = { threads, detector };
    return detector;
  };
  let choice: SizeChoice | null = null;
  for (const threads of counts) {
    const detector = await openWith(threads);
    await options.quiet;
    const startedMs = performance.now();
    try {
      const untilMs = startedMs + leftMs;
      speeds.push(await measureSpeed(abortable(detector, signal), { threads, untilMs }));
    } catch (error) {
      await detector.close();
      throw error;
    }
    leftMs -= performance.now() - startedMs;
    const next: SizeChoice = chooseSize(speeds, { wanted, cores });
    const gained = choice === null || isFaster(speeds);
    choice = next;
    const isLargest = next.holds && next.side === chooseSize([instant], { wanted, cores }).side;
    if (isLargest || !gained || leftMs <= 0) break;
  }
  const chosen = choice!;
  const detector = await openWith(chosen.threads);
  let gain: number;
  try {
    const timed = abortable(detector, signal);
    await runOnce(timed, detect.shape, chosen.side);
    gain = await gainOf(timed, chosen);
  } catch (error) {
    await detector.close();
    throw error;
  }
  return { detector, side: chosen.side, threads: chosen.threads, gain, choice };
}

/**
 * The first run at a size plans memory: it is not to be the first frame's. In the pictures' own
 * shape that is a square one's, or that of most cameras.
 */
async function runOnce(
  detector: TimedDetector,
  shape: Config['detect']['shape'],
  side: number,
): Promise<void> {
  const wide = viewOf(builtInViews(shape, side), 16, 9);
  for (const view of isSameView(wide, side) ? [side] : [side, wide])
    await leastMs(detector, view, 0, 0);
}

/** See {@link OpenedDetector.gain}. */
async function gainOf(detector: TimedDetector, { side, ms }: SizeChoice): Promise<number> {
  const { parallel } = detector;
  if (parallel === 1) return 1;
  const aloneMs = await leastMs({ ...detector, parallel: 1 }, side, 1, Infinity);
  return Math.min(parallel, Math.max(1, aloneMs / ms));
}

/** A detector that begins no run once `signal` is aborted. */
function abortable(detector: SizedDetector, signal: AbortSignal | undefined): TimedDetector {
  return {
    parallel: detector.parallel,
    detect: async (frame) => {
      signal?.throwIfAborted();
      return detector.detect(frame);
    },
  };
}

/** A detector that holds any rate: what it chooses is the best that there is. */
const instant: DetectorSpeed = { threads: 1, baseMs: 0, msPerPixel: 0 };

/** Whether the newest threads save enough time over those before. */
function isFaster(speeds: readonly DetectorSpeed[]): boolean {
  const [before, now] = speeds.slice(-2).map(({ baseMs, msPerPixel }) => baseMs + msPerPixel * 4e5);
  return now! < (1 - gainMin) * before!;
}

/** The most threads that are measured: all cores but one, and all where there are two. */
export function mostThreads(cores: number): number {
  return cores <= 2 ? cores : cores - 1;
}

/** One thread or the least that are given, twice as many and so on up to {@link mostThreads}. */
function threadCounts(cores: number, least: number): number[] {
  const most = mostThreads(cores);
  const counts = [least];
  while (counts.at(-1)! < most) counts.push(Math.min(2 * counts.at(-1)!, most));
  return counts;
}
