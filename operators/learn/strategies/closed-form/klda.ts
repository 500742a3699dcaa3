import type { Gram } from '../../../foundation/linear-algebra/gram.ts';
import { discriminate } from '../../solvers/shared-covariance.ts';
import type { ClassMoments } from '../../statistics/class-moments.ts';
import type { Strategy } from '../../strategy.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { secondMoments } from './crop-sums.ts';
import { fourierFeatures, randomFeaturesMax } from './embedding-features.ts';
import { StatisticsStrategy, type StatisticsOptions } from './statistics-strategy.ts';

/**
 * Bandwidth of the kernel: half of one over the median squared distance, 0.80 between signed roots
 * of the training half of FOD-A's videos.
 */
const gamma = 0.6;
/** Largest share of the covariance that is replaced by its diagonal, as in `slda`. */
const shrinkage = { dense: 1e-4, crop: 1e-1 };

/**
 * A `klda` strategy that has learned nothing yet.
 *
 * Kernel linear discriminant analysis: random Fourier features of an RBF kernel over crop
 * embeddings, then a mean per class and one covariance for all classes and background.
 *
 * The paper takes 5,000 features of the encoder's output as it is; here `bytesMax` decides, up to
 * `randomFeatures`, and embeddings are signed roots scaled to unit length, so that one bandwidth
 * suits every encoder. The covariance is shrunk towards its diagonal as in `slda`; the paper adds
 * 1e-6. Its ensemble of several such classifiers is left out. Dense latents, thousands per frame,
 * are used as they are.
 */
export function createKlda(options: StatisticsOptions = {}): Strategy {
  const { seed = 1, randomFeatures = randomFeaturesMax } = options;
  return new StatisticsStrategy<ClassMoments<Gram>>(
    {
      name: 'klda',
      paper:
        'Continual learning using a kernel-based method over foundation models, Momeni, Mazumder and Liu, 2024',
      features: fourierFeatures({ seed, gamma }, randomFeatures, embeddingLengthOf(options)),
      cropSums: secondMoments,
      solveDense: (moments, classes) => discriminate(moments, classes, shrinkage.dense),
      solveCrop: (moments, classes) => discriminate(moments, classes, shrinkage.crop),
      activation: 'softmax',
      threshold: 0.5,
    },
    options,
  );
}
