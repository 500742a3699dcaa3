import type { Dataset } from '../../operators/datasets/dataset.ts';
import { DatasetError } from '../../operators/datasets/dataset-error.ts';
import { loadPicture } from '../../operators/datasets/load-picture.ts';
import { withOneSpelling } from '../../operators/datasets/one-spelling.ts';
import { Detector } from '../../operators/detect/detector.ts';
import { describeSight, fitsSight, vectorSight } from '../../operators/detect/engines/sight.ts';
import { StateError } from '../../operators/foundation/files/state-error.ts';
import { emptyHead } from '../../operators/detect/heads/score.ts';
import { defaultMaxSide } from '../../operators/ingest/pictures/fit-within.ts';
import { evaluate, type ClassifiedBox, type Evaluation } from '../../operators/measure/evaluate.ts';
import { allThreads, modelsOf, viewsOf } from '../configuration/engine-settings.ts';
import {
  configFromFlags,
  type ConfigFlags,
  type SeeingFlags,
} from '../configuration/config-flags.ts';
import type { Log } from '../log.ts';
import { readActiveHead } from '../state/restore/read-active-head.ts';
import { openSet } from './open-set.ts';
import { predictPicture } from './predict-picture.ts';

/** The flags of `lifelens eval`. */
export interface EvalFlags extends SeeingFlags, Pick<ConfigFlags, 'logLevel'> {
  /** Specification of the labelled set to evaluate on. */
  readonly test: string;
  /** Leaves out broken pictures. Default false: they are an error. */
  readonly skipBroken?: boolean;
  /** State folder whose active head is evaluated; without it, the backbone alone. */
  readonly state?: string;
  /** File for the JSON report; `-` is standard output. */
  readonly report?: string;
}

/** The report of `lifelens eval`. */
export interface EvalReport extends Evaluation {
  /** Detection and crop embeddings, in ms per image; decoding is not included. */
  readonly msPerImage: number;
  readonly headVersion: number;
  readonly engine: string;
  /** Faults of the set that were repaired while reading it. */
  readonly mended: Dataset['mended'];
  /** Broken pictures that were left out. */
  readonly skipped: Dataset['skipped'];
}

/**
 * Evaluates the backbone and the active head of a state folder on a labelled set. `onPicture` is
 * called with the detections in each picture, by its id.
 */
export async function evaluateSet(
  flags: EvalFlags,
  log: Log,
  signal: AbortSignal,
  onPicture: (id: string, detections: readonly ClassifiedBox[]) => void = () => undefined,
): Promise<EvalReport> {
  // The folder is read without its lock: `state` is no part of the configuration here.
  const { state, ...rest } = flags;
  const { detect } = await configFromFlags(rest, process.env);
  const { skipBroken = false } = flags;
  const { set: read } = await openSet(flags.test, { detect, log, signal, skipBroken });
  const guessed = read.images.filter(({ objects }) =>
    objects.some(({ boxOrigin }) => boxOrigin !== undefined),
  );
  if (guessed.length > 0) {
    const message = `expected boxes that somebody drew, but those of ${guessed.length} pictures were found by the program`;
    throw new DatasetError('bad-spec', flags.test, message);
  }
  const head = state === undefined ? emptyHead() : await readActiveHead(state, log);
  const detector = await Detector.start({
    engine: detect.engine,
    threads: allThreads(detect),
    models: modelsOf(detect),
    viewSize: viewsOf(detect),
  });
  try {
    log.info(detector.describe.reason);
    const { viewSize } = detector.describe;
    if (!fitsSight(head, vectorSight(detector.describe))) {
      const [learned, used] = [head.sight, detector.describe.sight].map(describeSight);
      const message = `head ${head.version} in ${state} was learned with ${learned}, not with ${used}`;
      throw new StateError('other-models', state ?? '', message);
    }
    const known = [...detector.describe.baseClasses, ...head.classes];
    const set = withOneSpelling(read, flags.test, known);
    await detector.setHead(head.version, head.objectness);
    const detections = new Map<string, ClassifiedBox[]>();
    let busyMs = 0;
    for (const image of set.images) {
      signal.throwIfAborted();
      const picture = await loadPicture(image, { viewSize, sideMax: defaultMaxSide });
      const startedMs = performance.now();
      const predictions = await predictPicture(detector, head, picture, {
        viewSize: picture.viewSize,
        sourceWidth: image.width,
        sourceHeight: image.height,
      });
      busyMs += performance.now() - startedMs;
      detections.set(image.id, predictions);
      onPicture(image.id, predictions);
    }
    return {
      ...evaluate(set.images, detections),
      msPerImage: busyMs / Math.max(1, set.images.length),
      headVersion: head.version,
      engine: detector.describe.reason,
      mended: set.mended,
      skipped: set.skipped,
    };
  } finally {
    await detector.close();
  }
}
