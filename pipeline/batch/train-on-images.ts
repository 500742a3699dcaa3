import type { LabelledImage } from '../../operators/datasets/dataset.ts';
import { loadPicture, type LoadedPicture } from '../../operators/datasets/load-picture.ts';
import { defaultMaxSide } from '../../operators/ingest/pictures/fit-within.ts';
import { trainingExamples } from '../../operators/learn/examples/example-of-sample.ts';
import type { Scene } from '../../operators/learn/examples/scene.ts';
import type { Update } from '../../operators/learn/learner-messages.ts';
import type { TargetLabel } from '../../operators/learn/learned-set.ts';
import type { Learner } from '../../operators/learn/learner.ts';
import type { CappedMemory } from '../../operators/remember/capped-memory.ts';
import type { Sample } from '../../operators/remember/sample.ts';
import { encodeThumbnail } from '../application/pictures/picture-encoder.ts';
import type { Log } from '../log.ts';
import { isTrainable, type ExampleCollector } from './example-collector.ts';
import type { ViewPlan } from '../../operators/ingest/frames/view-plan.ts';

/** Images per update: bounds the evidence in memory to a few dozen MB. */
export const imagesPerUpdate = 24;

export interface TrainingParts {
  /** At least one image. */
  readonly images: readonly LabelledImage[];
  readonly collector: ExampleCollector;
  readonly memory: CappedMemory;
  readonly learner: Pick<Learner, 'examine' | 'update'>;
  /** The class under which a sample of the memory is learned; see `trainingExamples`. */
  readonly labelOf: (sample: Sample) => TargetLabel;
  /** How views are made. */
  readonly viewSize: ViewPlan;
  /** Longer side of the picture that is kept of each object, in pixels; 0 keeps none. */
  readonly thumbnailPixels: number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface TrainingResult {
  /** The last update, whose draft has learned all images. */
  readonly last: Update;
  /** Decoding and examining the images, in ms per image. */
  readonly msPerImage: number;
  /** All updates together: wall time and, where the system measures it, processor time. */
  readonly updateMs: number;
  readonly cpuMs: number | null;
}

/** Trains a learner on all images, a few dozen per update, and stores their samples. */
export async function trainOnImages(parts: TrainingParts): Promise<TrainingResult> {
  const { images, collector, memory, learner, labelOf, viewSize, thumbnailPixels, log, signal } =
    parts;
  const startedMs = performance.now();
  let last: Update | null = null;
  let updateMs = 0;
  let cpuMs: number | null = 0;
  for (let first = 0; first < images.length; first += imagesPerUpdate) {
    for (const [i, image] of images.slice(first, first + imagesPerUpdate).entries()) {
      signal.throwIfAborted();
      const picture = await loadPicture(image, { viewSize, sideMax: defaultMaxSide });
      const evidence = await learner.examine(sceneOf(image, picture));
      const source = { ...picture, sourceWidth: image.width, sourceHeight: image.height };
      const thumbnails: Uint8Array[] = [];
      for (const { box } of thumbnailPixels > 0 ? image.objects.filter(isTrainable) : []) {
        thumbnails.push(await encodeThumbnail(source, box, thumbnailPixels));
      }
      collector.add(image, evidence, first + i, thumbnails);
    }
    for (const sample of collector.takeSamples()) memory.insert(sample);
    const replay = () => trainingExamples(memory.values(), labelOf);
    last = await learner.update({ ...collector.takeBatch(), removed: [], replay }, signal);
    updateMs += last.updateMs;
    cpuMs = cpuMs === null || last.cpuMs === null ? null : cpuMs + last.cpuMs;
    log.debug(`${Math.min(first + imagesPerUpdate, images.length)} of ${images.length} images`);
  }
  if (last === null) throw new RangeError('there are no images to train on');
  const msPerImage = (performance.now() - startedMs - updateMs) / images.length;
  return { last, msPerImage, updateMs, cpuMs };
}

function sceneOf(image: LabelledImage, picture: LoadedPicture): Scene {
  return {
    id: image.id,
    ...picture,
    sourceWidth: image.width,
    sourceHeight: image.height,
    boxes: image.objects.filter(isTrainable).map(({ class: label, box }) => ({ label, box })),
    ignore: image.objects.filter((object) => !isTrainable(object)).map(({ box }) => box),
    ...kindOfBoxes(image),
  };
}

/** How the boxes of an image are learned: drawn ones as all there are, found ones as detections. */
export function kindOfBoxes({
  objects,
}: Pick<LabelledImage, 'objects'>): Pick<Scene, 'proposed' | 'exhaustive' | 'partly'> {
  const isFound = objects.some(({ boxOrigin }) => boxOrigin !== undefined);
  return { proposed: isFound, exhaustive: !isFound, partly: isFound };
}
