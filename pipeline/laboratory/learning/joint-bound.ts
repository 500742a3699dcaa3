import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { denseLatentLength } from '../../../operators/detect/engines/engine.ts';
import type { LabelledImage } from '../../../operators/datasets/dataset.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import type { Example, Strategy } from '../../../operators/learn/strategy.ts';
import { headHash } from '../../../operators/swap/store/head-hash.ts';
import type { Log } from '../../log.ts';
import { BenchLearner } from './bench-learner.ts';
import { readCached, writeCached } from './cache-files.ts';
import { CachedPredictor } from './cache/cached-predictor.ts';
import { meanOver, scoreClasses } from '../protocols/class-scores.ts';
import type { LearningStep, StepPicture } from '../protocols/protocol.ts';
import type { BackboneCache } from './cache/backbone-cache.ts';

/** Joint training gets all vectors in one update, up to this many bytes. */
const changeBytesMax = 1024 ** 3;

/** Embeddings of the class with many rows in {@link strategyFingerprint}. */
const manyRows = 200;

/** Dependencies of {@link jointBound}. */
export interface JointBoundParts {
  readonly cache: BackboneCache;
  readonly folder: string;
  /** Factories of strategies to train jointly; the best result is the bound. */
  readonly learners: readonly (() => Strategy)[];
  readonly testImages: readonly LabelledImage[];
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Test mAP50 of joint training, one value for each step count in `after`; null where none of the
 * classes is tested. Fresh strategies get all pictures of those steps at once, each with the union
 * of its labels. The best strategy counts, so that a weak one does not flatter other methods.
 *
 * Cached on disk under the image paths, labels, test set, backbone fingerprint and strategy
 * fingerprint. Delete the folder where image contents change under the same names and labels.
 */
export async function jointBound(
  parts: JointBoundParts,
  steps: readonly LearningStep[],
  after: readonly number[],
): Promise<readonly (number | null)[]> {
  let best: readonly (number | null)[] = after.map(() => null);
  for (const create of parts.learners) {
    const bounds = await boundsOf(create, parts, steps, after);
    best = best.map((value, i) => largest(value, bounds[i]!));
  }
  return best;
}

function largest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

async function boundsOf(
  create: () => Strategy,
  parts: JointBoundParts,
  steps: readonly LearningStep[],
  after: readonly number[],
): Promise<readonly (number | null)[]> {
  const { cache, folder, testImages, log } = parts;
  const { name } = create();
  const strategyHash = await strategyFingerprint(create(), cache.engine.embedding.length);
  const { examples, predictions } = cache.fingerprint;
  const about = digest([examples, predictions, strategyHash, testImages.map(imageKey)]);
  const bounds: (number | null)[] = [];
  for (const count of after) {
    const classes = steps.slice(0, count).flatMap(({ introduced }) => introduced);
    const pictures = mergeSteps(steps.slice(0, count));
    const keys = pictures.map(({ image, boxes, ignore, labels }) => [
      image.id,
      image.path,
      boxes,
      ignore,
      labels,
    ]);
    const path = join(folder, 'bounds', `${digest([about, classes, keys])}.json`);
    const cached = parseBound(await readCached(path));
    if (cached !== null) {
      bounds.push(cached.map50);
      continue;
    }
    const map50 = await trainJointly(create(), parts, pictures, classes);
    const score = map50?.toFixed(3) ?? 'unknown';
    log.info(`${name}, ${count} of ${steps.length} steps at once: mAP50 ${score}`);
    await writeCached(path, JSON.stringify({ map50 }));
    bounds.push(map50);
  }
  return bounds;
}

const boundSchema = z.object({ map50: z.number().nullable() });

/** Null for a missing file and for a damaged one, which is then rebuilt. */
function parseBound(bytes: Buffer | null): z.infer<typeof boundSchema> | null {
  if (bytes === null) return null;
  try {
    return boundSchema.parse(JSON.parse(bytes.toString()));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

async function trainJointly(
  strategy: Strategy,
  { cache, testImages, signal }: JointBoundParts,
  pictures: readonly StepPicture[],
  classes: readonly string[],
): Promise<number | null> {
  const learner = new BenchLearner({
    strategy,
    memory: null,
    examplesOf: (picture) => cache.examples(picture),
    signal,
    changeBytesMax,
  });
  const head = await learner.learn(pictures);
  const scores = await scoreClasses(new CachedPredictor(cache), testImages, head, signal);
  return meanOver(scores, classes, 'ap50');
}

/**
 * Merges steps so that every picture appears once, with the union of its labels, and of the classes
 * of which all objects are labelled. A box stays ignored only if no step labels it.
 */
export function mergeSteps(steps: readonly LearningStep[]): readonly StepPicture[] {
  const merged = new Map<LabelledImage, StepPicture>();
  for (const { image, boxes, ignore, labels } of steps.flatMap(({ pictures }) => pictures)) {
    const earlier = merged.get(image) ?? { image, boxes: [], labels: [], ignore: [] };
    // Without labels a step labels the objects of all classes.
    const bothLabels =
      labels === undefined || earlier.labels === undefined
        ? undefined
        : unique([...earlier.labels, ...labels]);
    merged.set(image, {
      image,
      boxes: unique([...earlier.boxes, ...boxes]),
      ...(bothLabels !== undefined && { labels: bothLabels }),
      ignore: unique([...earlier.ignore, ...ignore]),
    });
  }
  return [...merged.values()].map((picture) => {
    const labelled = new Set(picture.boxes.map(({ box }) => box.join(' ')));
    return {
      ...picture,
      ignore: picture.ignore.filter((box) => !labelled.has(box.join(' '))),
    };
  });
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

/**
 * Hashes the head that a strategy makes of a fixed change, so that bounds of other strategies or
 * settings are not reused. One class has many embeddings along a single direction, so that settings
 * that depend on the sample count show.
 */
export async function strategyFingerprint(
  strategy: Strategy,
  embeddingLength: number,
): Promise<string> {
  const random = seededRandom(11);
  const values = (length: number) => Float32Array.from({ length }, random);
  const added = ['a', 'b', 'a', 'b', null].map((label, i): Example => ({
    id: String(i),
    label,
    dense: values(2 * denseLatentLength),
    denseTargets: Float32Array.of(1, 0.5),
    embeddings: values(2 * embeddingLength),
    offsets: [0, 1].map((k) => [0.1 * k, 0.05 * i, -0.1 * k, 0.02 * i] as const),
  }));
  const direction = values(embeddingLength);
  const many = new Float32Array(manyRows * embeddingLength);
  for (let i = 0; i < manyRows; i++) {
    many.set(
      direction.map((value) => value * (1 + (3 * i) / manyRows)),
      i * embeddingLength,
    );
  }
  added.push({ ...added[0]!, id: 'many', label: 'c', embeddings: many, offsets: [] });
  const draft = await strategy.update({
    added,
    removed: [],
    background: values(8 * denseLatentLength),
    backgroundWeight: 32,
    replay: () => added,
  });
  return headHash(draft);
}

function imageKey({ id, path, width, height, objects }: LabelledImage): unknown {
  return [id, path, width, height, objects];
}

function digest(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 40);
}
