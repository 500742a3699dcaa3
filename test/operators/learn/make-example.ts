import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../operators/detect/engines/engine.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import type { Change, Example } from '../../../operators/learn/strategy.ts';

/** Draws from a Gaussian by the central limit, close enough for a cluster. */
function gaussian(random: () => number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}

/**
 * A row near the centre of a class, which is a pattern of its own over the features.
 * Where it belongs to the class only in part, the rest is background's pattern.
 */
export function latentOf(
  label: string | null,
  length: number,
  random: () => number,
  belongs = 1,
): Float32Array {
  const centre = seededRandom(label === null ? 999 : label.charCodeAt(0));
  const background = seededRandom(999);
  return Float32Array.from({ length }, () => {
    const own = belongs * (centre() < 0.3 ? 1 : 0) + (1 - belongs) * (background() < 0.3 ? 1 : 0);
    return Math.max(0, own + 0.35 * gaussian(random));
  });
}

/** An example of synthetic latents: three cells with falling targets and, if asked for, two looks. */
export function makeExample(
  id: string,
  label: string | null,
  { looks = 0, cells = 3 }: { looks?: number; cells?: number } = {},
): Example {
  let seed = 7;
  for (let i = 0; i < id.length; i++) seed = seed * 31 + id.charCodeAt(i);
  const random = seededRandom(seed);
  const denseTargets = Float32Array.from({ length: cells }, (_, i) => 1 / (1 + i));
  const dense = new Float32Array(cells * denseLatentLength);
  denseTargets.forEach((target, i) =>
    dense.set(latentOf(label, denseLatentLength, random, target), i * denseLatentLength),
  );
  const own = new Float32Array(looks * cropEmbeddingLength);
  for (let i = 0; i < looks; i++) {
    own.set(latentOf(label, cropEmbeddingLength, random), i * cropEmbeddingLength);
  }
  return { id, label, dense, denseTargets, embeddings: own };
}

/** `count` examples of a class, ids counted from `from`. */
export function makeExamples(
  label: string,
  count: number,
  options: { looks?: number; cells?: number; from?: number } = {},
): Example[] {
  const { from = 0 } = options;
  return Array.from({ length: count }, (_, i) =>
    makeExample(`${label}${from + i}`, label, options),
  );
}

/** Background cells around their own centre. */
export function makeBackground(count: number, seed = 1): Float32Array {
  const random = seededRandom(seed);
  const cells = new Float32Array(count * denseLatentLength);
  for (let i = 0; i < count; i++) {
    cells.set(latentOf(null, denseLatentLength, random), i * denseLatentLength);
  }
  return cells;
}

/** A change with nothing in it but what is given. */
export function changeOf(change: Partial<Change>): Change {
  return {
    added: [],
    removed: [],
    background: new Float32Array(0),
    backgroundWeight: 4,
    replay: () => change.added ?? [],
    ...change,
  };
}
