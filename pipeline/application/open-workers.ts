import type { PooledDetector } from '../../operators/detect/detector-pool.ts';
import { layoutOf, startDetectors } from '../../operators/detect/start-detectors.ts';
import { SupervisedLearner } from '../../operators/learn/supervised-learner.ts';
import type { Config } from '../configuration/config.ts';
import { modelsOf, viewsOf } from '../configuration/engine-settings.ts';
import type { Log } from '../log.ts';
import { describeChoice } from './sizing/choose-size.ts';
import { openDetector, type OpenedDetector } from './sizing/open-detector.ts';
import type { WantedRate } from './sizing/wanted-rate.ts';

/** Scenes that may wait for the learner: each command of a client that labels a box is one. */
export const scenesMax = 96;

export interface Workers {
  readonly detector: PooledDetector;
  readonly learner: SupervisedLearner;
  /** The size and threads that the detector runs with. */
  readonly sizing: Omit<OpenedDetector<unknown>, 'detector'>;
}

export interface OpenWorkersOptions {
  /** When aborted, the error of a failed start is its reason. */
  readonly signal?: AbortSignal | undefined;
  /** See `LearnerOptions.strategyModule`. */
  readonly strategyModule?: URL | undefined;
  /** The rate of the cameras, for `detect.size: auto`. Null: the size is fixed. */
  readonly wanted: WantedRate | null;
  /** Whether all frames wait for the detector, and nothing waits for each of them. */
  readonly atFullSpeed: boolean;
  /** The newest saved state of the learner, for one that is restarted; null where there is none. */
  readonly restoreState: () => Promise<Uint8Array | null>;
}

/**
 * Starts the worker threads side by side. Rejects with the first one's error, and leaves none.
 * One that dies or hangs later is restarted, and each time that is logged.
 */
export async function openWorkers(
  config: Config,
  log: Log,
  { signal, strategyModule, wanted, atFullSpeed, restoreState }: OpenWorkersOptions,
): Promise<Workers> {
  const { detect } = config;
  const { engine, maxPeaks } = detect;
  const models = modelsOf(config.detect);
  const onNotice = (line: string, level: 'warn' | 'info'): void => log[level](line);
  const learning = SupervisedLearner.start(
    {
      engine,
      models,
      viewSize: viewsOf(detect),
      strategy: config.learn.strategy,
      ...(strategyModule === undefined ? {} : { strategyModule }),
      seed: config.seed,
      scenesMax,
    },
    { onNotice, restoreState },
  );
  const quiet = learning.catch(() => undefined);
  const detecting = openDetector(
    (threads, side, workers) => {
      // A detector of the user has a size of its own.
      const viewSize = viewsOf(models.detector === null ? { ...detect, size: side } : detect);
      const layout = layoutOf(threads, workers);
      return startDetectors({ engine, models, viewSize, maxPeaks }, layout, { onNotice });
    },
    { detect, wanted: models.detector === null ? wanted : null, atFullSpeed, quiet, signal },
  );
  const opening = await Promise.allSettled([detecting, learning]);
  const [detector, learner] = opening;
  if (detector.status === 'fulfilled' && learner.status === 'fulfilled') {
    const { detector: started, ...sizing } = detector.value;
    log.info(started.describe.reason);
    if (sizing.choice !== null && wanted !== null) {
      const line = describeChoice(sizing.choice, wanted);
      if (sizing.choice.holds) log.info(line);
      else log.warn(`${line}: more than leaves room for the rest; set fps of the cameras lower`);
    }
    return { detector: started, learner: learner.value, sizing };
  }
  // What failed to open is what to say, also where the other one fails to close.
  await Promise.allSettled([
    detector.status === 'fulfilled' ? detector.value.detector.close() : null,
    learner.status === 'fulfilled' ? learner.value.close() : null,
  ]);
  signal?.throwIfAborted();
  throw opening.find((result) => result.status === 'rejected')?.reason;
}
