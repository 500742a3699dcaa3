import type { LabelledImage, LabelledObject } from '../../../../operators/datasets/dataset.ts';
import { loadPicture } from '../../../../operators/datasets/load-picture.ts';
import type { Engine } from '../../../../operators/detect/engines/engine.ts';
import { observe } from '../../../../operators/detect/observe.ts';
import { type Box, intersectionOverUnion } from '../../../../operators/foundation/geometry/box.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { shuffle } from '../../../../operators/foundation/numbers/shuffle.ts';
import { defaultMaxSide } from '../../../../operators/ingest/pictures/fit-within.ts';
import { locateObjects } from '../../../batch/photos/locate-objects.ts';
import type { BackboneCache } from '../../learning/cache/backbone-cache.ts';
import { CachedPredictor } from '../../learning/cache/cached-predictor.ts';
import { BenchLearner } from '../../learning/bench-learner.ts';
import { createWithinCap } from '../../learning/create-within-cap.ts';
import { meanOver, scoreClasses } from '../../protocols/class-scores.ts';

/** One way to get the boxes of the photos, and what was learned from them. */
export interface PhotosResult {
  readonly boxes: 'labelled' | 'photos' | 'most object-like' | 'middle half' | 'whole picture';
  /** Mean IoU of the boxes with the nearest labelled one, and share of them at 0.5 or more. */
  readonly meanIou: number;
  readonly found: number;
  /** Mean AP50 of the classes on the other pictures; null if none are tested. */
  readonly ap50: number | null;
  readonly trained: number;
  readonly tested: number;
}

export interface CompareOptions {
  /** Photos per class. */
  readonly photos: number;
  readonly seed: number;
  /** Most pictures that are tested, spread evenly; with 0, nothing is learned. */
  readonly testsMax: number;
}

const never = new AbortController().signal;

/**
 * Draws photos of each class, from the pictures with objects of one class, learns them with boxes
 * of several origins, and evaluates on the other pictures.
 */
export async function comparePhotos(
  images: readonly LabelledImage[],
  cache: BackboneCache,
  { photos, seed, testsMax }: CompareOptions,
): Promise<PhotosResult[]> {
  const random = seededRandom(seed);
  const classes = [...new Set(images.flatMap(({ objects }) => objects.map(classOf)))].sort();
  const drawn = classes.flatMap((name) => {
    const own = images.filter(
      ({ objects }) => objects.length > 0 && objects.every((object) => classOf(object) === name),
    );
    return shuffle(own, random).slice(0, photos);
  });
  const others = images.filter((image) => !drawn.includes(image));
  const count = Math.min(testsMax, others.length);
  const tests = Array.from(
    { length: count },
    (_, i) => others[Math.floor((i * others.length) / count)]!,
  );
  const results: PhotosResult[] = [];
  for (const [boxes, labelled] of Object.entries(await boxesOf(drawn, cache))) {
    const ap50 = count > 0 ? await learnAndScore(labelled, tests, classes, cache, seed) : null;
    const overlaps = labelled.map((image, i) => overlapOf(image, drawn[i]!));
    results.push({
      boxes: boxes as PhotosResult['boxes'],
      meanIou: mean(overlaps),
      found: mean(overlaps.map((overlap) => Number(overlap >= 0.5))),
      ap50,
      trained: drawn.length,
      tested: tests.length,
    });
  }
  return results;
}

async function boxesOf(
  drawn: readonly LabelledImage[],
  { engine, plan }: BackboneCache,
): Promise<Record<PhotosResult['boxes'], readonly LabelledImage[]>> {
  const detector = detectorOf(engine);
  const bare = drawn.map((image) => withBox(image, [0, 0, image.width, image.height], 'picture'));
  const set = {
    classes: [...new Set(bare.map(({ objects }) => classOf(objects[0]!)))],
    images: bare,
  };
  const located = await locateObjects(set, detector, { viewSize: plan, signal: never });
  const strongest: LabelledImage[] = [];
  for (const image of bare) {
    const picture = await loadPicture(image, { viewSize: plan, sideMax: defaultMaxSide });
    const { viewSize } = picture;
    const { peaks } = await detector.detect(picture);
    const size = { viewSize, sourceWidth: image.width, sourceHeight: image.height };
    const first = observe(peaks, size, engine.baseClasses, { minObjectness: 0.01 })[0];
    strongest.push(first === undefined ? image : withBox(image, first.box, 'found'));
  }
  return {
    labelled: drawn,
    photos: located.set.images,
    'most object-like': strongest,
    'middle half': bare.map((image) => {
      const [x, y] = [image.width / 4, image.height / 4];
      return withBox(image, [x, y, 3 * x, 3 * y], 'found');
    }),
    'whole picture': bare,
  };
}

/** A detector of another thread, in this one. */
function detectorOf(engine: Engine): Parameters<typeof locateObjects>[1] {
  return {
    detect: async ({ view, viewSize }) => {
      const peaks = await engine.detect(view, viewSize, 100);
      return { peaks, headVersion: 0, detectMs: 0 };
    },
    embedCrops: (crops, logSizes, count) => engine.embedCrops(crops, logSizes, count),
    // Getters of a class are not copied.
    describe: {
      name: engine.name,
      provider: engine.provider,
      reason: '',
      baseClasses: engine.baseClasses,
      viewSize: engine.viewSize,
      sight: engine.sight,
      cropSize: engine.cropSize,
      embedding: engine.embedding,
    },
  };
}

async function learnAndScore(
  images: readonly LabelledImage[],
  tests: readonly LabelledImage[],
  classes: readonly string[],
  cache: BackboneCache,
  seed: number,
): Promise<number> {
  const { strategy, memory } = createWithinCap('tally', undefined, { seed, memoryBytes: 2 ** 26 });
  const examplesOf = cache.examples.bind(cache);
  const learner = new BenchLearner({ strategy, memory, examplesOf, signal: never });
  const head = await learner.learn(
    images.map((image) => {
      const boxes = image.objects.map(({ class: label, box }) => ({ label, box }));
      return { image, boxes, ignore: [] };
    }),
  );
  const scores = await scoreClasses(new CachedPredictor(cache), tests, head, never);
  return meanOver(scores, classes, 'ap50') ?? 0;
}

function withBox(
  image: LabelledImage,
  box: Box,
  boxOrigin: NonNullable<LabelledObject['boxOrigin']>,
): LabelledImage {
  const name = classOf(image.objects[0]!);
  const object = { class: name, box, difficult: false, crowd: false, boxOrigin };
  return { ...image, objects: [object] };
}

function overlapOf({ objects: [found] }: LabelledImage, { objects }: LabelledImage): number {
  return Math.max(...objects.map(({ box }) => intersectionOverUnion(found!.box, box)));
}

function classOf(object: LabelledObject): string {
  return object.class;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
