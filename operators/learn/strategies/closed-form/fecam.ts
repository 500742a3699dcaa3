import { pairedCount } from '../../../detect/heads/lift.ts';
import { classCovariances } from '../../solvers/class-covariances.ts';
import { discriminate } from '../../solvers/shared-covariance.ts';
import type { ClassScatters } from '../../statistics/class-scatters.ts';
import type { Strategy } from '../../strategy.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { classScatters } from './crop-sums.ts';
import { ownFeatures, type EmbeddingFeatures } from './embedding-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/** γ1 and γ2 of the paper for hundreds of images per class. */
const gamma = 1;
/** Largest share of the covariance of dense latents that is replaced by its diagonal. */
const denseShrinkage = 1e-4;
/** Most features: as many as the paper's smaller backbone has. A head has all pairs of them. */
const featuresMax = 512;

/**
 * A `fecam` strategy that has learned nothing yet.
 *
 * Feature covariance-aware metric: Mahalanobis distance to class means after Tukey's transform,
 * with a covariance for each class and one for background, shrunk and normalised to correlations.
 *
 * A covariance per class takes half the square of its features per class: `bytesMax` decides how
 * many features, chosen at random, up to 512. Crop embeddings are transformed by a root and scaled
 * to length 1, which the head does too, together with their pairs, in which the distances are
 * linear. Embedding features differ in scale, so they are divided by their common deviation before
 * covariances are shrunk and normalised as in the paper. The few features that can be negative keep
 * their sign; the paper has none. Dense latents, thousands per frame, have one covariance for all
 * classes, as in `slda`; `fecam-tied` has one for embeddings too.
 */
export function createFecam(options: StatisticsOptions = {}): Strategy {
  return new StatisticsStrategy<ClassScatters>(
    {
      name: 'fecam',
      paper:
        'FeCAM: exploiting the heterogeneity of class distributions in exemplar-free continual learning, Goswami et al., 2023',
      features: rootPairs(options.seed ?? 1, embeddingLengthOf(options)),
      cropSums: classScatters,
      solveDense: (moments, classes) => discriminate(moments, classes, denseShrinkage),
      solveCrop: (scatters, classes) => classCovariances(scatters, classes, gamma),
      activation: 'softmax',
      threshold: 0.5,
    },
    options,
  );
}

/** Signed roots in random order, and heads over their pairs. */
function rootPairs(seed: number, length: number): EmbeddingFeatures {
  return {
    ...ownFeatures(seed, length, { kind: 'root' }),
    max: Math.min(featuresMax, length),
    toHead: (layer) => {
      return { ...layer, lift: { kind: 'pairs', seed, count: pairedCount(layer.length) } };
    },
  };
}
