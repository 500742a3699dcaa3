import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../operators/detect/engines/engine.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import type { Change, Example } from '../../../operators/learn/strategy.ts';

/** Draws from an approximate Gaussian: a sum of twelve uniform numbers. */
function gaussian(random: () => number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}

/**
 * A row near the centre of a class. Every class has its own pattern over the features.
 * `belongs` mixes the pattern of the class with that of background.
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
    const mean = belongs * (centre() < 0.3 ? 1 : 0) + (1 - belongs) * (background() < 0.3 ? 1 : 0);
    return Math.max(0, mean + 0.35 * gaussian(random));
  });
}

interface ExampleOptions {
  readonly crops?: number;
  readonly cells?: number;
  /** Values of a crop embedding. */
  readonly embeddingLength?: number;
}

/** An example of synthetic latents: three cells with falling targets and `crops` embeddings. */
export function makeExample(
  id: string,
  label: string | null,
  { crops = 0, cells = 3, embeddingLength = cropEmbeddingLength }: ExampleOptions = {},
): Example {
  let seed = 7;
  for (let i = 0; i < id.length; i++) seed = seed * 31 + id.charCodeAt(i);
  const random = seededRandom(seed);
  const denseTargets = Float32Array.from({ length: cells }, (_, i) => 1 / (1 + i));
  const dense = new Float32Array(cells * denseLatentLength);
  denseTargets.forEach((target, i) =>
    dense.set(latentOf(label, denseLatentLength, random, target), i * denseLatentLength),
  );
  const embeddings = new Float32Array(crops * embeddingLength);
  for (let i = 0; i < crops; i++) {
    embeddings.set(latentOf(label, embeddingLength, random), i * embeddingLength);
  }
  return { id, label, dense, denseTargets, embeddings };
}

/** `count` examples of a class, numbered from `from`. */
export function makeExamples(
  label: string,
  count: number,
  options: ExampleOptions & { from?: number } = {},
): Example[] {
  const { from = 0 } = options;
  return Array.from({ length: count }, (_, i) =>
    makeExample(`${label}${from + i}`, label, options),
  );
}

/** Background cells near a common centre. */
export function makeBackground(count: number, seed = 1): Float32Array {
  const random = seededRandom(seed);
  const cells = new Float32Array(count * denseLatentLength);
  for (let i = 0; i < count; i++) {
    cells.set(latentOf(null, denseLatentLength, random), i * denseLatentLength);
  }
  return cells;
}

/** An otherwise empty change. */
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
