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
  /** The first `count` features of each embedding: rows × values → rows × count. */
  readonly take: (embeddings: Float32Array, count: number) => Float32Array;
  /** Converts a layer over the features into one for a head. */
  readonly toHead: (layer: LinearLayer) => LinearLayer;
}

/**
 * The embedding's own values, optionally lifted, in seeded random order: any prefix is a random
 * choice. `length`: values of an embedding.
 */
export function ownFeatures(
  seed: number,
  length: number,
  lift?: Extract<Lift, { kind: 'root' }>,
): EmbeddingFeatures {
  const order = shuffled(length, seededRandom(seed));
  return {
    max: length,
    take: (embeddings, count) => {
      const lifted = liftRows(lift, embeddings, length);
      const rows = embeddings.length / length;
      const features = new Float32Array(rows * count);
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < count; i++) {
          features[row * count + i] = lifted[row * length + order[i]!]!;
        }
      }
      return features;
    },
    toHead: ({ weights, bias, length: kept }) => {
      const spread = new Float32Array(bias.length * length);
      for (let row = 0; row < bias.length; row++) {
        for (let i = 0; i < kept; i++) {
          spread[row * length + order[i]!] = weights[row * kept + i]!;
        }
      }
      const layer = { weights: spread, bias, length };
      return lift === undefined ? layer : { ...layer, lift };
    },
  };
}

/** Random projections followed by a ReLU. */
export function randomFeatures(seed: number, max: number, length: number): EmbeddingFeatures {
  return {
    max,
    take: (embeddings, rows) => liftRows({ kind: 'random', seed, rows }, embeddings, length),
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
