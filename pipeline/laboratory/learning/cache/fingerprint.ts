import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { createHash } from 'node:crypto';
import {
  type DenseMaps,
  denseLatentLength,
  type Engine,
} from '../../../../operators/detect/engines/engine.ts';
import { gridOf } from '../../../../operators/detect/engines/grid-of.ts';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import { viewOf, type ViewPlan } from '../../../../operators/ingest/frames/view-plan.ts';
import {
  canvasOf,
  viewBytes,
  type ViewSize,
} from '../../../../operators/ingest/frames/view-size.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { examineScene, type Scene } from '../../../../operators/learn/examples/scene.ts';
import type { ClassifiedBox } from '../../../../operators/measure/evaluate.ts';
import { joinRows } from '../../../../operators/foundation/linear-algebra/join-rows.ts';
import { embedBoxes } from '../../../batch/predict-picture.ts';
import { type PictureSize, proposalsOf, scoreProposals } from '../../../batch/score-proposals.ts';
import { packMaps, peaksOfMaps, unpackMaps } from './cached-maps.ts';

/** Hex hashes of everything that cached files depend on besides their image. */
export interface Fingerprint {
  readonly maps: string;
  readonly embeddings: string;
  readonly examples: string;
  /** Detections that a given head makes from these maps and embeddings. */
  readonly predictions: string;
}

/** Raise it when the layout of a cached file changes, or how pictures are decoded. */
const formatVersion = 2;
const width = 256;
const height = 192;
const shapeCount = 40;
const boxCount = 40;

/**
 * Hashes what an engine makes of a drawn picture, so that files cached by another model, runtime,
 * crop rule or example rule are not reused.
 */
export async function takeFingerprint(engine: Engine, plan: ViewPlan): Promise<Fingerprint> {
  const full = drawShapes();
  const viewSize = viewOf(plan, width, height);
  const view = stretch(full, viewSize);
  const dense = gridOf(await engine.dense(view, viewSize));
  const { latents, baseHeat, baseShare, baseClass, extents } = dense;
  const about = `${formatVersion} ${engine.name} ${engine.provider} ${typeof plan === 'number' ? plan : JSON.stringify(plan)} ${denseLatentLength}`;
  const maps = hash(about, [latents, baseHeat, baseShare, baseClass, extents]);

  const box = [60, 50, 130, 120] as const;
  const size = { sourceWidth: width, sourceHeight: height };
  const embedding = await embedBoxes(engine, { full, width, height }, [{ box }], size);
  const embeddings = hash(`${maps} ${engine.embedding.length}`, [embedding]);

  const scene: Scene = {
    id: 'fingerprint',
    full,
    width,
    height,
    view,
    viewSize,
    ...size,
    boxes: [box, ...drawBoxes()].map((region) => ({ box: region, label: 'shape' })),
    ignore: [],
    exhaustive: true,
  };
  const examples = await hashExamples(engine, scene, embeddings);
  const detections = predict(dense, embedding, { viewSize, ...size }, engine.baseClasses);
  const predictions = hash(`${embeddings} ${JSON.stringify(detections)}`, []);
  return { maps, embeddings, examples, predictions };
}

async function hashExamples(engine: Engine, scene: Scene, about: string): Promise<string> {
  const { examples, negatives, background, backgroundWeight } = await examineScene(engine, scene, {
    random: seededRandom(1),
  });
  const vectors = [...examples, ...negatives].flatMap((example) => [
    example.dense,
    example.denseTargets,
    example.embeddings,
  ]);
  const offsets = JSON.stringify(examples.map((example) => example.offsets));
  return hash(`${about} ${backgroundWeight} ${offsets}`, [...vectors, background]);
}

function predict(
  dense: DenseMaps,
  embedding: Float32Array,
  size: PictureSize,
  baseClasses: readonly string[],
): readonly ClassifiedBox[][] {
  const maps = unpackMaps(new Uint8Array(packMaps(dense)).buffer, dense);
  return randomHeads(embedding.length).map((head) => {
    const peaks = peaksOfMaps(maps, head.objectness, 100);
    const proposals = proposalsOf(peaks, size, baseClasses);
    const embeddings = head.crop === null ? null : joinRows(proposals.map(() => embedding));
    return scoreProposals(head, proposals, embeddings, size);
  });
}

/** Random heads over three classes: each activation, with and without a crop layer. */
function randomHeads(embeddingLength: number): Head[] {
  const random = seededRandom(5);
  const values = (length: number) => Float32Array.from({ length }, () => 0.1 * (random() - 0.45));
  const layer = (length: number) => ({ weights: values(3 * length), bias: values(3), length });
  return (['clip', 'softmax'] as const).flatMap((activation) =>
    [layer(embeddingLength), null].map((crop) => ({
      ...emptyHead(),
      activation,
      crop,
      classes: ['a', 'b', 'c'],
      dense: layer(denseLatentLength),
      box: {
        weights: values(4 * embeddingLength),
        bias: values(4),
        length: embeddingLength,
      },
      objectness: { weights: values(denseLatentLength), bias: 0.1 },
    })),
  );
}

/** Boxes of many sizes, on shapes and on background, so that any change of the crop rule shows. */
function drawBoxes(): Box[] {
  const random = seededRandom(3);
  return Array.from({ length: boxCount }, () => {
    const [x, y] = [random() * (width - 20), random() * (height - 20)];
    return [
      x,
      y,
      Math.min(width, x + 16 + 90 * random()),
      Math.min(height, y + 16 + 90 * random()),
    ];
  });
}

/** Ellipses and rectangles in random colours, so that the backbone finds objects. */
function drawShapes(): Uint8Array {
  const random = seededRandom(7);
  const pixels = new Uint8Array(width * height * 3).fill(110);
  for (let shape = 0; shape < shapeCount; shape++) {
    const [x, y] = [random() * width, random() * height];
    const [reachX, reachY] = [8 + 30 * random(), 8 + 30 * random()];
    const colour = [255 * random(), 255 * random(), 255 * random()];
    const round = random() < 0.5;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const [right, down] = [Math.abs(column - x) / reachX, Math.abs(row - y) / reachY];
        if (round ? right ** 2 + down ** 2 > 1 : Math.max(right, down) > 1) continue;
        pixels.set(colour, (row * width + column) * 3);
      }
    }
  }
  return pixels;
}

/** Nearest-neighbour resize to a view that the picture fills. */
function stretch(full: Uint8Array, viewSize: ViewSize): Uint8Array {
  const { width: across, height: down } = canvasOf(viewSize);
  const view = new Uint8Array(viewBytes(viewSize));
  for (let row = 0; row < down; row++) {
    const top = Math.floor((row * height) / down) * width;
    for (let column = 0; column < across; column++) {
      const from = top + Math.floor((column * width) / across);
      view.set(full.subarray(from * 3, from * 3 + 3), (row * across + column) * 3);
    }
  }
  return view;
}

function hash(about: string, vectors: readonly (Float32Array | Int32Array)[]): string {
  const sum = createHash('sha256').update(about);
  for (const vector of vectors) sum.update(vector);
  return sum.digest('hex').slice(0, 16);
}
