import { cropEmbeddingLength } from '../../../detect/engines/engine.ts';
import type { Lift, LinearLayer } from '../../../detect/heads/head.ts';
import { liftRows } from '../../../detect/heads/lift.ts';
import { seededRandom } from '../../../foundation/numbers/seeded-random.ts';

/**
 * The features of a crop embedding that a method keeps sums of. Fewer features are always a prefix
 * of more.
 */
export interface EmbeddingFeatures {
  /** Number of features available. */
  readonly max: number;
  /** The first `count` features of each embedding: rows × cropEmbeddingLength → rows × count. */
  readonly take: (embeddings: Float32Array, count: number) => Float32Array;
  /** Converts a layer over the features into one for a head. */
  readonly toHead: (layer: LinearLayer) => LinearLayer;
}

/**
 * The embedding's own values, optionally lifted, in seeded random order: any prefix is a random
 * choice.
 */
export function ownFeatures(
  seed: number,
  lift?: Extract<Lift, { kind: 'root' }>,
): EmbeddingFeatures {
  const order = shuffled(cropEmbeddingLength, seededRandom(seed));
  return {
    max: cropEmbeddingLength,
    take: (embeddings, count) => {
      const lifted = liftRows(lift, embeddings, cropEmbeddingLength);
      const rows = embeddings.length / cropEmbeddingLength;
      const features = new Float32Array(rows * count);
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < count; i++) {
          features[row * count + i] = lifted[row * cropEmbeddingLength + order[i]!]!;
        }
      }
      return features;
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

/** Random projections followed by a ReLU. */
export function randomFeatures(seed: number, max: number): EmbeddingFeatures {
  return {
    max,
    take: (embeddings, rows) =>
      liftRows({ kind: 'random', seed, rows }, embeddings, cropEmbeddingLength),
    toHead: (layer) => ({ ...layer, lift: { kind: 'random', seed, rows: layer.length } }),
  };
}

/** 0..count-1 in random order (Fisher-Yates). */
function shuffled(count: number, random: () => number): Uint16Array {
  const order = Uint16Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
