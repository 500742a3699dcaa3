import { availableParallelism } from 'node:os';
import { Detector } from '../../operators/detect/detector.ts';
import { Learner } from '../../operators/learn/learner.ts';
import type { Config } from '../configuration/config.ts';
import type { Log } from '../log.ts';

/** Scenes that may wait for the learner: each command of a client that labels a box is one. */
export const scenesMax = 96;

export interface Workers {
  readonly detector: Detector;
  readonly learner: Learner;
}

export interface OpenWorkersOptions {
  /** When aborted, the error of a failed start is its reason. */
  readonly signal?: AbortSignal | undefined;
  /** See `LearnerOptions.strategyModule`. */
  readonly strategyModule?: URL | undefined;
}

/** Starts both worker threads side by side. Rejects with the first one's error, and leaves none. */
export async function openWorkers(
  config: Config,
  log: Log,
  { signal, strategyModule }: OpenWorkersOptions = {},
): Promise<Workers> {
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
      ...(strategyModule === undefined ? {} : { strategyModule }),
      seed: config.seed,
      scenesMax,
    }),
  ]);
  const [detector, learner] = opening;
  if (detector.status === 'fulfilled' && learner.status === 'fulfilled') {
    log.info(detector.value.describe.reason);
    return { detector: detector.value, learner: learner.value };
  }
  for (const opened of opening) if (opened.status === 'fulfilled') await opened.value.close();
  signal?.throwIfAborted();
  throw opening.find((result) => result.status === 'rejected')?.reason;
}
