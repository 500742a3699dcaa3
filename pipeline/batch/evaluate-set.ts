import { availableParallelism } from 'node:os';
import { Detector } from '../../operators/detect/detector.ts';
import { emptyHead } from '../../operators/detect/heads/score.ts';
import type { LabelledSet } from '../../operators/datasets/labelled-set.ts';
import { loadPicture } from '../../operators/datasets/load-picture.ts';
import { readLabelledSet } from '../../operators/datasets/read-labelled-set.ts';
import { evaluate, type ClassifiedBox, type Evaluation } from '../../operators/measure/evaluate.ts';
import { openHeadStore } from '../../operators/swap/store/open-head-store.ts';
import { restoreHeadHistory } from '../../operators/swap/store/restore-head-history.ts';
import { configFromFlags, type ConfigFlags } from '../configuration/config-flags.ts';
import { predictPicture } from './predict-picture.ts';
import type { Log } from '../log.ts';

/** The flags of `lifelens eval`. */
export interface EvalFlags extends Pick<ConfigFlags, 'size' | 'engine' | 'logLevel'> {
  /** Specification of the labelled set to evaluate on. */
  readonly test: string;
  /** State folder whose active head is evaluated; without it, the backbone alone. */
  readonly state?: string;
  /** File for the JSON report; `-` is standard output. */
  readonly report?: string;
}

/** What `lifelens eval --report` writes. */
export interface EvalReport extends Evaluation {
  /** Detector and second looks; reading and scaling the picture is not in it. */
  readonly msPerImage: number;
  readonly headVersion: number;
  readonly engine: string;
  /** What was mended on reading the set. */
  readonly mended: LabelledSet['mended'];
}

const fullSideMax = 1280;

/** Measures the base model and the active head of a state folder on a labelled set. */
export async function evaluateSet(
  flags: EvalFlags,
  log: Log,
  signal: AbortSignal,
): Promise<EvalReport> {
  const { state, ...rest } = flags;
  const { detect } = await configFromFlags(rest, process.env);
  const set = await readLabelledSet(flags.test);
  for (const warning of set.warnings) log.warn(warning);
  const head =
    state === undefined
      ? emptyHead()
      : (
          await restoreHeadHistory(
            await openHeadStore(state, { readOnly: true }),
            emptyHead(),
            (error) => log.warn(error.message),
          )
        ).active;
  const detector = await Detector.start({
    engine: detect.engine,
    threads: detect.threads ?? availableParallelism(),
    viewSize: detect.size,
  });
  try {
    log.info(detector.describe.reason);
    await detector.setHead(head.version, head.objectness);
    const detections = new Map<string, ClassifiedBox[]>();
    let busyMs = 0;
    for (const image of set.images) {
      signal.throwIfAborted();
      const picture = await loadPicture(image, { viewSize: detect.size, sideMax: fullSideMax });
      const startedMs = performance.now();
      const found = await predictPicture(detector, head, picture, {
        viewSize: detect.size,
        sourceWidth: image.width,
        sourceHeight: image.height,
      });
      busyMs += performance.now() - startedMs;
      detections.set(image.id, found);
    }
    return {
      ...evaluate(set.images, detections),
      msPerImage: busyMs / Math.max(1, set.images.length),
      headVersion: head.version,
      engine: detector.describe.reason,
      mended: set.mended,
    };
  } finally {
    await detector.close();
  }
}
