import { cropEmbeddingLength } from '../../../detect/engines/engine.ts';
import type { Lift, LinearLayer } from '../../../detect/heads/head.ts';
import { liftRows } from '../../../detect/heads/lift.ts';
import { seededRandom } from '../../../foundation/numbers/seeded-random.ts';

/** Which features of a second look a method keeps sums of. Fewer of them are always the first ones of more. */
export interface EmbeddingFeatures {
  /** How many there are. */
  readonly max: number;
  /** The first `count` features of each look. `looks`: rows × lookLatentLength; back come rows × count. */
  readonly take: (looks: Float32Array, count: number) => Float32Array;
  /** A layer over the features as one that a head can hold. */
  readonly toHead: (layer: LinearLayer) => LinearLayer;
}

/** The look's own values, lifted if so wished, in an order that the seed decides: the first n are a random choice. */
export function ownFeatures(
  seed: number,
  lift?: Extract<Lift, { kind: 'root' }>,
): EmbeddingFeatures {
  const order = shuffled(cropEmbeddingLength, seededRandom(seed));
  return {
    max: cropEmbeddingLength,
    take: (looks, count) => {
      const lifted = liftRows(lift, looks, cropEmbeddingLength);
      const rows = looks.length / cropEmbeddingLength;
      const taken = new Float32Array(rows * count);
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < count; i++) {
          taken[row * count + i] = lifted[row * cropEmbeddingLength + order[i]!]!;
        }
      }
      return taken;
    },
    toHead: ({ weights, bias, length }) => {
      const spread = new Float32Array(bias.length * cropEmbeddingLength);
      for (let row = 0; row < bias.length; row++) {
        for (let i = 0; i < length; i++) {
          spread[row * cropEmbeddingLength + order[i]!] = weights[row * length + i]!;
        }
      }
      const layer = { weights: spread, bias, length: cropEmbeddingLength };
      return lift === undefined ? layer : { ...layer, lift };
    },
  };
}

/** Random projections with their negative half cut off. */
export function randomFeatures(seed: number, max: number): EmbeddingFeatures {
  return {
    max,
    take: (looks, rows) => liftRows({ kind: 'random', seed, rows }, looks, cropEmbeddingLength),
    toHead: (layer) => ({ ...layer, lift: { kind: 'random', seed, rows: layer.length } }),
  };
}

/** 0..count-1 in random order: Fisher and Yates. */
function shuffled(count: number, random: () => number): Uint16Array {
  const order = Uint16Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
