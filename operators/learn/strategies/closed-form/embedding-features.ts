import type { Lift, LinearLayer } from '../../../detect/heads/head.ts';
import { liftRows, shuffledIndices } from '../../../detect/heads/lift.ts';

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

/** Random features by default, if bytes allow: the solve takes seconds with more. */
export const randomFeaturesMax = 2048;

type Standard = Extract<Lift, { kind: 'standard' }>;

/**
 * The embedding's own values, optionally lifted, in seeded random order: any prefix is a random
 * choice. `length`: values of an embedding.
 */
export function ownFeatures(
  seed: number,
  length: number,
  lift?: Extract<Lift, { kind: 'root' }>,
): EmbeddingFeatures {
  const order = shuffledIndices(length, seed);
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
    toHead: ({ weights, bias, length: kept, lift: own }) => {
      const spread = new Float32Array(bias.length * length);
      for (let row = 0; row < bias.length; row++) {
        for (let i = 0; i < kept; i++) {
          spread[row * length + order[i]!] = weights[row * kept + i]!;
        }
      }
      const layer = { weights: spread, bias, length };
      if (own?.kind === 'standard') return { ...layer, lift: spreadLift(own, order) };
      return lift === undefined ? layer : { ...layer, lift };
    },
  };
}

/** A lift over the first features in `order`, as one over the embedding, the others scaled to 0. */
function spreadLift({ mean, scale }: Standard, order: Uint16Array): Standard {
  const spread = (values: Float32Array) => {
    const all = new Float32Array(order.length);
    for (const [i, value] of values.entries()) all[order[i]!] = value;
    return all;
  };
  return { kind: 'standard', mean: spread(mean), scale: spread(scale) };
}

/** Random projections followed by a ReLU. */
export function randomFeatures(seed: number, max: number, length: number): EmbeddingFeatures {
  return {
    max,
    take: (embeddings, rows) => liftRows({ kind: 'random', seed, rows }, embeddings, length),
    toHead: (layer) => ({ ...layer, lift: { kind: 'random', seed, rows: layer.length } }),
  };
}

/** Random Fourier features of the kernel exp(−gamma·‖x − y‖²) of unit vectors; see `Lift`. */
export function fourierFeatures(
  { seed, gamma }: { readonly seed: number; readonly gamma: number },
  max: number,
  length: number,
): EmbeddingFeatures {
  const lift = (rows: number) => ({ kind: 'fourier', seed, rows, gamma }) as const;
  return {
    max,
    take: (embeddings, rows) => liftRows(lift(rows), embeddings, length),
    toHead: (layer) => ({ ...layer, lift: lift(layer.length) }),
  };
}
