import type { Dataset } from '../../operators/datasets/dataset.ts';
import { readDataset, type ReadDatasetOptions } from '../../operators/datasets/read-dataset.ts';
import { Detector } from '../../operators/detect/detector.ts';
import type { Config } from '../configuration/config.ts';
import { allThreads, modelsOf, viewsOf } from '../configuration/engine-settings.ts';
import type { Log } from '../log.ts';
import { locateObjects, photoLines, type PhotoLine } from './photos/locate-objects.ts';

export interface OpenSetOptions extends ReadDatasetOptions {
  /** Settings of the detector, which is started only where photos have no boxes. */
  readonly detect: Pick<
    Config['detect'],
    | 'engine'
    | 'threads'
    | 'size'
    | 'shape'
    | 'model'
    | 'format'
    | 'names'
    | 'encoder'
    | 'encoderOptions'
    | 'cropSize'
  >;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly signal: AbortSignal;
}

/** A labelled set, in which every object has a box. */
export interface OpenSet {
  readonly set: Dataset;
  /** What each photo of `photos:DIR` shows, a line per object; empty for other sets. */
  readonly photos: readonly PhotoLine[];
}

/**
 * Reads a labelled set, logs its warnings, and finds the objects of photos that have no boxes.
 * Rejects with a `DatasetError`.
 */
export async function openSet(spec: string, options: OpenSetOptions): Promise<OpenSet> {
  const { detect, log, signal } = options;
  const set = await readDataset(spec, options);
  for (const warning of set.warnings) log.warn(warning);
  if (!spec.startsWith('photos:')) return { set, photos: [] };
  const sought = set.images.filter(({ objects }) =>
    objects.some(({ boxOrigin }) => boxOrigin === 'picture'),
  );
  if (sought.length === 0) return { set, photos: photoLines(set.images) };
  const detector = await Detector.start({
    engine: detect.engine,
    threads: allThreads(detect),
    models: modelsOf(detect),
    viewSize: viewsOf(detect),
  });
  try {
    log.info(`finds the objects of ${sought.length} photos, ${detector.describe.reason}`);
    const { set: located, lines } = await locateObjects(set, detector, {
      viewSize: detector.describe.viewSize,
      signal,
    });
    const whole = lines.filter(({ is }) => is === 'whole picture').length;
    log.info(
      `${sought.length - whole} objects were found in ${sought.length} photos without boxes, ` +
        `${whole} count as a whole; lifelens check ${spec} --sheet sheet.jpg shows them`,
    );
    return { set: located, photos: lines };
  } finally {
    await detector.close();
  }
}
