import { availableParallelism } from 'node:os';
import { SupervisedDetector } from '../../operators/detect/supervised-detector.ts';
import { SupervisedLearner } from '../../operators/learn/supervised-learner.ts';
import type { Config } from '../configuration/config.ts';
import { modelsOf } from '../configuration/engine-settings.ts';
import type { Log } from '../log.ts';

/** Scenes that may wait for the learner: each command of a client that labels a box is one. */
export const scenesMax = 96;

export interface Workers {
  readonly detector: SupervisedDetector;
  readonly learner: SupervisedLearner;
}

export interface OpenWorkersOptions {
  /** When aborted, the error of a failed start is its reason. */
  readonly signal?: AbortSignal | undefined;
  /** See `LearnerOptions.strategyModule`. */
  readonly strategyModule?: URL | undefined;
  /** The newest saved state of the learner, for one that is restarted; null where there is none. */
  readonly restoreState: () => Promise<Uint8Array | null>;
}

/**
 * Starts both worker threads side by side. Rejects with the first one's error, and leaves none.
 * One that dies or hangs later is restarted, and each time that is logged.
 */
export async function openWorkers(
  config: Config,
  log: Log,
  { signal, strategyModule, restoreState }: OpenWorkersOptions,
): Promise<Workers> {
  const { engine, size, threads, maxPeaks } = config.detect;
  const models = modelsOf(config.detect);
  const onNotice = (line: string, level: 'warn' | 'info'): void => log[level](line);
  const opening = await Promise.allSettled([
    SupervisedDetector.start(
      {
        engine,
        // One core stays free for decoding, tracking and learning: see docs/architecture.md.
        threads: threads ?? Math.max(1, availableParallelism() - 1),
        models,
        viewSize: size,
        maxPeaks,
      },
      { onNotice },
    ),
    SupervisedLearner.start(
      {
        engine,
        models,
        viewSize: size,
        strategy: config.learn.strategy,
        ...(strategyModule === undefined ? {} : { strategyModule }),
        seed: config.seed,
        scenesMax,
      },
      { onNotice, restoreState },
    ),
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
