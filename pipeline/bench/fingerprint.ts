import { createHash } from 'node:crypto';
import { denseLatentLength, type Engine, lookLatentLength } from '../../operators/detect/engine.ts';
import { seededRandom } from '../../operators/ingest/seeded-random.ts';
import { examineScene, type Scene } from '../../operators/learn/scene.ts';
import { takeLooks } from '../judge-picture.ts';

/** What three kinds of cached things depend on besides their picture, in hex. */
export interface Fingerprint {
  readonly maps: string;
  readonly looks: string;
  readonly evidence: string;
}

/** To be raised where the layout of a cached file changes. */
const formatVersion = 1;
const width = 256;
const height = 192;
const shapes = 40;

/**
 * Shows the engine a drawn picture and hashes what comes out: what was cached by another model, runtime, way of
 * cutting a look or rule of evidence is then not mistaken for today's.
 */
export async function takeFingerprint(engine: Engine, viewSize: number): Promise<Fingerprint> {
  const full = drawShapes();
  const view = stretch(full, viewSize);
  const { latents, baseHeat, baseShare, baseClass, extents } = await engine.dense(view, viewSize);
  const about = `${formatVersion} ${engine.name} ${engine.provider} ${viewSize} ${denseLatentLength}`;
  const maps = hash(about, [latents, baseHeat, baseShare, baseClass, extents]);

  const box = [60, 50, 130, 120] as const;
  const size = { sourceWidth: width, sourceHeight: height };
  const look = await takeLooks(engine, { full, width, height }, [{ box }], size);
  const looks = hash(`${maps} ${lookLatentLength}`, [look]);

  const scene: Scene = {
    ...{ id: 'fingerprint', full, width, height, view, viewSize, ...size },
    ...{ boxes: [{ box, label: 'shape' }], ignore: [], exhaustive: true },
  };
  const { examples, negatives, background, backgroundWeight } = await examineScene(engine, scene, {
    random: seededRandom(1),
  });
  const vectors = [...examples, ...negatives].flatMap(({ dense, denseTargets, looks: seen }) => [
    dense,
    denseTargets,
    seen,
  ]);
  const evidence = hash(`${looks} ${backgroundWeight}`, [...vectors, background]);
  return { maps, looks, evidence };
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
