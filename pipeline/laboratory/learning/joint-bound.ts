import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../operators/detect/engines/engine.ts';
import type { LabelledImage } from '../../../operators/datasets/labelled-set.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import type { Example, Strategy } from '../../../operators/learn/strategy.ts';
import { headHash } from '../../../operators/swap/store/head-hash.ts';
import type { Log } from '../../log.ts';
import { BenchLearner } from './bench-learner.ts';
import { readCached, writeCached } from './cache-files.ts';
import { CachedPredictor } from './cached-predictor.ts';
import { meanOver, scoreClasses } from '../protocols/class-scores.ts';
import type { LearningStep, StepPicture } from '../protocols/protocol.ts';
import type { BackboneCache } from './backbone-cache.ts';

/** Joint training sees everything in one update, up to this many bytes of vectors. */
const changeBytesMax = 1024 ** 3;

/** Looks of one class of the lesson that a learner is known by. */
const rowsOfMany = 200;

/** What {@link jointBound} works with. */
export interface JointBoundParts {
  readonly cache: BackboneCache;
  readonly folder: string;
  /** Makers of fresh learners of everything at once; the best of them is the bound. */
  readonly learners: readonly (() => Strategy)[];
  readonly testImages: readonly LabelledImage[];
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * The test mAP50 of joint training after so many steps each, null where none of the classes is tested: fresh
 * learners get all pictures of those steps at once, each with all the labels that it got in any of them, and the best
 * of them counts, so that no weak learner makes others look good.
 *
 * Kept on disk under what it depends on: places of pictures, labels, test set, sight, and what the learner makes of a fixed
 * lesson. Where pictures change but not their names and labels, the folder has to go.
 */
export async function jointBound(
  parts: JointBoundParts,
  steps: readonly LearningStep[],
  after: readonly number[],
): Promise<readonly (number | null)[]> {
  let best: readonly (number | null)[] = after.map(() => null);
  for (const create of parts.learners) {
    const own = await boundsOf(create, parts, steps, after);
    best = best.map((value, i) => largest(value, own[i]!));
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
  const learnerMark = await markOf(create());
  const { evidence, judging } = cache.fingerprint;
  const about = digest([evidence, judging, learnerMark, testImages.map(markOfImage)]);
  const bounds: (number | null)[] = [];
  for (const count of after) {
    const classes = steps.slice(0, count).flatMap(({ introduced }) => introduced);
    const pictures = mergeSteps(steps.slice(0, count));
    const marks = pictures.map(({ image, boxes, ignore }) => [image.id, image.path, boxes, ignore]);
    const path = join(folder, 'bounds', `${digest([about, classes, marks])}.json`);
    const kept = parseBound(await readCached(path));
    if (kept !== null) {
      bounds.push(kept.map50);
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

/** Null for no bytes, and for damaged ones, which are then made anew. */
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
    evidenceOf: (picture) => cache.evidence(picture),
    signal,
    changeBytesMax,
  });
  const head = await learner.learn(pictures);
  const scores = await scoreClasses(new CachedPredictor(cache), testImages, head, signal);
  return meanOver(scores, classes, 'ap50');
}

/**
 * Every picture of some steps once, with all that was labelled in it; what got a label anywhere is not passed
 * over, and what was passed over everywhere stays so.
 */
export function mergeSteps(steps: readonly LearningStep[]): readonly StepPicture[] {
  const merged = new Map<LabelledImage, StepPicture>();
  for (const { image, boxes, ignore } of steps.flatMap(({ pictures }) => pictures)) {
    const before = merged.get(image) ?? { image, boxes: [], ignore: [] };
    merged.set(image, {
      image,
      boxes: unique([...before.boxes, ...boxes]),
      ignore: unique([...before.ignore, ...ignore]),
    });
  }
  return [...merged.values()].map(({ image, boxes, ignore }) => {
    const labelled = new Set(boxes.map(({ box }) => box.join(' ')));
    return { image, boxes, ignore: ignore.filter((box) => !labelled.has(box.join(' '))) };
  });
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

/**
 * What a learner makes of a lesson, so that a bound of another learner, or of other settings, is not taken for its. One
 * of its classes has many looks in a single direction, which is much to know of that: what depends on how much is known shows.
 */
export async function markOf(strategy: Strategy): Promise<string> {
  const random = seededRandom(11);
  const values = (length: number) => Float32Array.from({ length }, random);
  const added = ['a', 'b', 'a', 'b', null].map((label, i): Example => ({
    id: String(i),
    label,
    dense: values(2 * denseLatentLength),
    denseTargets: Float32Array.of(1, 0.5),
    embeddings: values(2 * cropEmbeddingLength),
    offsets: [0, 1].map((k) => [0.1 * k, 0.05 * i, -0.1 * k, 0.02 * i] as const),
  }));
  const look = values(cropEmbeddingLength);
  const many = new Float32Array(rowsOfMany * cropEmbeddingLength);
  for (let i = 0; i < rowsOfMany; i++) {
    many.set(
      look.map((value) => value * (1 + (3 * i) / rowsOfMany)),
      i * cropEmbeddingLength,
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

function markOfImage({ id, path, width, height, objects }: LabelledImage): unknown {
  return [id, path, width, height, objects];
}

function digest(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 40);
}
