import { splitClasses } from '../gradient/class-split.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import { stateless, type LayerContext, type Method } from '../gradient/method.ts';
import type { Objective } from '../gradient/train-layer.ts';
import type { Strategy } from '../../strategy.ts';

/**
 * One head per step, with all earlier heads frozen: the scores of a class never change, and neither
 * exemplars nor a teacher are kept. Each class has its own sigmoid, because a softmax would couple
 * it to later classes; non-maximum suppression is per class, as for all methods.
 *
 * This is not the paper's method, hence the name: the paper gives each step a feature pyramid too,
 * initialised from the previous one. Here the backbone is frozen, so the head of a step is the rows
 * of its classes in the two linear layers, trained from zero on the change and on background. A
 * class with further examples continues from its earlier rows. Heads never see each other's
 * objects, so a new class may fire on old ones. A removed example keeps its effect until its class
 * is trained again.
 */
const frozenRowsMethod: Method<null> = {
  ...stateless,
  name: 'frozen-rows',
  paper:
    'After MultIOD: rehearsal-free multihead incremental object detector, Belouadah et al., 2023',
  keepsNegatives: false,
  tuning: { learningRate: 1e-4, weightDecay: 1e-4 },
  output: { activation: 'sigmoid', threshold: 0.5 },
  examples: (_own, { change }) => change.added,
  objective: (_own, context) => ownHeadOnly(context),
};

/** A `frozen-rows` strategy that has learned nothing yet. */
export function createFrozenRows(options?: GradientOptions): Strategy {
  return new GradientStrategy(frozenRowsMethod, options);
}

/** Binary cross-entropy for each class of the change; all other classes are frozen. */
function ownHeadOnly(context: LayerContext): Objective {
  const { current } = splitClasses(context);
  const trainable = new Float32Array(context.classes.length);
  for (const column of current) trainable[column] = 1;
  return {
    gradient: (logits, { y, classes, size }) => {
      const gradient = new Float32Array(logits.length);
      for (let row = 0; row < size; row++) {
        for (const column of current) {
          const i = row * classes + column;
          gradient[i] = (1 / (1 + Math.exp(-logits[i]!)) - y[i]!) / size;
        }
      }
      return gradient;
    },
    // Weight decay must not reach the frozen heads either.
    adjust: (gradient, _weights, tf) =>
      tf.mul(gradient, tf.tensor2d(trainable, [trainable.length, 1])),
  };
}
