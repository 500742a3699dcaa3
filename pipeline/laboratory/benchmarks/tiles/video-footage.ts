import { viewOf } from '../../../../operators/ingest/frames/view-plan.ts';
import type { LabelledObject } from '../../../../operators/datasets/dataset.ts';
import { Detector } from '../../../../operators/detect/detector.ts';
import { observe } from '../../../../operators/detect/observe.ts';
import { ViewMaker } from '../../../../operators/ingest/pictures/view-maker.ts';
import { createSource } from '../../../../operators/ingest/sources/create-source.ts';
import { recordPictures, type RecordedPicture } from '../cameras/recorded-pictures.ts';
import type { Footage } from './footage.ts';

export interface VideoFootageOptions {
  readonly path: string;
  readonly fps: number;
  readonly frames: number;
  /** Side of the view of the detector whose boxes count as the objects. */
  readonly referenceSize: number;
  readonly threads: number;
}

/** Score from which a box of the reference counts as an object. */
const referenceScoreMin = 0.4;

/**
 * A recording without annotations. What counts as its objects is what the same detector finds in
 * each picture alone, in a view of more pixels than the recording has: a stand-in, no truth.
 */
export async function videoFootage(options: VideoFootageOptions): Promise<Footage> {
  const { path, fps, frames, referenceSize, threads } = options;
  const source = createSource(path, { fps });
  const pictures = await recordPictures(source, { viewSize: 32, count: frames });
  const { width, height } = pictures[0]!;
  const objects = await referenceObjects(pictures, { referenceSize, threads });
  return {
    ...{ width, height, fps, frames: pictures.length },
    fill: (index, full) => full.set(pictures[index]!.full),
    objectsAt: (index) => objects[index]!,
    secondsAt: (index) => index / fps,
  };
}

async function referenceObjects(
  pictures: readonly RecordedPicture[],
  { referenceSize, threads }: Pick<VideoFootageOptions, 'referenceSize' | 'threads'>,
): Promise<readonly (readonly LabelledObject[])[]> {
  const detector = await Detector.start({ viewSize: referenceSize, threads });
  const { baseClasses, viewSize: plan } = detector.describe;
  const views = new ViewMaker();
  const view = new Uint8Array(new SharedArrayBuffer(referenceSize * referenceSize * 3));
  const all: (readonly LabelledObject[])[] = [];
  for (const { full, width, height } of pictures) {
    const viewSize = viewOf(plan, width, height);
    views.run(full, width, height, viewSize, view);
    const { peaks } = await detector.detect({ view, viewSize });
    const seen = observe(
      peaks,
      { viewSize, sourceWidth: width, sourceHeight: height },
      baseClasses,
    );
    all.push(
      seen
        .filter(({ baseScore }) => baseScore >= referenceScoreMin)
        .map(({ box, baseClass }) => ({ class: baseClass, box, difficult: false, crowd: false })),
    );
  }
  await detector.close();
  return all;
}
