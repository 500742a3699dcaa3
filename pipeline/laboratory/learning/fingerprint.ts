import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { createHash } from 'node:crypto';
import {
  type DenseMaps,
  denseLatentLength,
  type Engine,
  cropEmbeddingLength,
} from '../../../operators/detect/engines/engine.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { examineScene, type Scene } from '../../../operators/learn/examples/scene.ts';
import type { ClassifiedBox } from '../../../operators/measure/evaluate.ts';
import { joinRows } from '../../../operators/foundation/linear-algebra/join-rows.ts';
import { embedBoxes } from '../../batch/predict-picture.ts';
import { type PictureSize, proposalsOf, scoreProposals } from '../../batch/score-proposals.ts';
import { packMaps, peaksOfMaps, unpackMaps } from './cached-maps.ts';

/** What cached things depend on besides their picture, in hex. */
export interface Fingerprint {
  readonly maps: string;
  readonly looks: string;
  readonly evidence: string;
  /** What a head makes of a picture that was seen so. */
  readonly judging: string;
}

/** To be raised where the layout of a cached file changes. */
const formatVersion = 1;
const width = 256;
const height = 192;
const shapes = 40;
const boxes = 40;

/**
 * Shows the engine a drawn picture and hashes what comes out: what was cached by another model, runtime, way of
 * cutting a look or rule of evidence is then not mistaken for today's.
 */
export async function takeFingerprint(engine: Engine, viewSize: number): Promise<Fingerprint> {
  const full = drawShapes();
  const view = stretch(full, viewSize);
  const seen = await engine.dense(view, viewSize);
  const { latents, baseHeat, baseShare, baseClass, extents } = seen;
  const about = `${formatVersion} ${engine.name} ${engine.provider} ${viewSize} ${denseLatentLength}`;
  const maps = hash(about, [latents, baseHeat, baseShare, baseClass, extents]);

  const box = [60, 50, 130, 120] as const;
  const size = { sourceWidth: width, sourceHeight: height };
  const look = await embedBoxes(engine, { full, width, height }, [{ box }], size);
  const looks = hash(`${maps} ${cropEmbeddingLength}`, [look]);

  const scene: Scene = {
    ...{ id: 'fingerprint', full, width, height, view, viewSize, ...size },
    ...{ boxes: [box, ...drawBoxes()].map((own) => ({ box: own, label: 'shape' })) },
    ...{ ignore: [], exhaustive: true },
  };
  const { examples, negatives, background, backgroundWeight } = await examineScene(engine, scene, {
    random: seededRandom(1),
  });
  const vectors = [...examples, ...negatives].flatMap((example) => [
    example.dense,
    example.denseTargets,
    example.embeddings,
  ]);
  const offsets = JSON.stringify(examples.map((example) => example.offsets));
  const evidence = hash(`${looks} ${backgroundWeight} ${offsets}`, [...vectors, background]);
  const judged = judge(seen, look, { viewSize, ...size }, engine.baseClasses);
  const judging = hash(`${looks} ${JSON.stringify(judged)}`, []);
  return { maps, looks, evidence, judging };
}

function judge(
  maps: DenseMaps,
  look: Float32Array,
  size: PictureSize,
  baseClasses: readonly string[],
): readonly ClassifiedBox[][] {
  const seen = unpackMaps(new Uint8Array(packMaps(maps)).buffer, maps.side);
  return randomHeads().map((head) => {
    const peaks = peaksOfMaps(seen, head.objectness, 100);
    const proposals = proposalsOf(peaks, size, baseClasses);
    const looks = head.crop === null ? null : joinRows(proposals.map(() => look));
    return scoreProposals(head, proposals, looks, size);
  });
}

/** Heads of chance, one of each kind, over three classes. */
function randomHeads(): Head[] {
  const random = seededRandom(5);
  const values = (length: number) => Float32Array.from({ length }, () => 0.1 * (random() - 0.45));
  const layer = (length: number) => ({ weights: values(3 * length), bias: values(3), length });
  return (['clip', 'softmax'] as const).flatMap((activation) =>
    [layer(cropEmbeddingLength), null].map((look) => ({
      ...emptyHead(),
      ...{ activation, look, classes: ['a', 'b', 'c'], dense: layer(denseLatentLength) },
      box: {
        weights: values(4 * cropEmbeddingLength),
        bias: values(4),
        length: cropEmbeddingLength,
      },
      objectness: { weights: values(denseLatentLength), bias: 0.1 },
    })),
  );
}

/** Boxes of any size at places where something is or not, so that any rule of what is looked at shows in one of them. */
function drawBoxes(): Box[] {
  const random = seededRandom(3);
  return Array.from({ length: boxes }, () => {
    const [x, y] = [random() * (width - 20), random() * (height - 20)];
    return [
      x,
      y,
      Math.min(width, x + 16 + 90 * random()),
      Math.min(height, y + 16 + 90 * random()),
    ];
  });
}

/** Ellipses and rectangles of any colour, so that the trunk finds something in it. */
function drawShapes(): Uint8Array {
  const random = seededRandom(7);
  const pixels = new Uint8Array(width * height * 3).fill(110);
  for (let shape = 0; shape < shapes; shape++) {
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

/** The nearest pixel will do. */
function stretch(full: Uint8Array, side: number): Uint8Array {
  const view = new Uint8Array(side * side * 3);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const from = Math.floor((row * height) / side) * width + Math.floor((column * width) / side);
      view.set(full.subarray(from * 3, from * 3 + 3), (row * side + column) * 3);
    }
  }
  return view;
}

function hash(about: string, vectors: readonly (Float32Array | Int32Array)[]): string {
  const sum = createHash('sha256').update(about);
  for (const vector of vectors) sum.update(vector);
  return sum.digest('hex').slice(0, 16);
}
