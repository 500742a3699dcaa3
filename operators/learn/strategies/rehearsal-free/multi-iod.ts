import { splitClasses } from '../gradient/class-split.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import { keepsNothing, type LayerContext, type Method } from '../gradient/method.ts';
import type { Objective } from '../gradient/train-layer.ts';

/**
 * A head of its own for the classes of each step, and all earlier heads frozen: what a class scored, it scores for good, and
 * neither exemplars nor a teacher are kept. Each class has a sigmoid of its own, since a softmax would tie it to
 * classes that came later; boxes are suppressed class by class, as everywhere here.
 *
 * The paper gives each step a feature pyramid too and starts it from the one before. The trunk is frozen here, so a
 * step's head is the rows of its classes in the two linear layers, trained from zero on the change alone and
 * on background. A class that gets further examples is trained on, its earlier rows being the start. Heads never see
 * each other's objects, so a new class may fire on old ones. An example that is taken back leaves
 * its trace until its class is trained again.
 */
const method: Method<null> = {
  ...keepsNothing,
  name: 'multi-iod',
  paper: 'MultIOD: rehearsal-free multihead incremental object detector, Belouadah et al., 2023',
  bringsNegatives: false,
  tuning: { learningRate: 1e-4, weightDecay: 1e-4 },
  output: { activation: 'sigmoid', threshold: 0.5 },
  lessons: (_own, { change }) => change.added,
  objective: (_own, context) => ownHeadOnly(context),
};

/** A `multi-iod` strategy that has learned nothing yet. */
export function createMultiIod(options?: GradientOptions): GradientStrategy<null> {
  return new GradientStrategy(method, options);
}

/** Binary cross-entropy of each class of the change, and not a step for any other. */
function ownHeadOnly(context: LayerContext): Objective {
  const { taught } = splitClasses(context);
  const open = new Float32Array(context.classes.length);
  for (const column of taught) open[column] = 1;
  return {
    gradient: (logits, { y, classes, size }) => {
      const gradient = new Float32Array(logits.length);
      for (let row = 0; row < size; row++) {
        for (const column of taught) {
          const i = row * classes + column;
          gradient[i] = (1 / (1 + Math.exp(-logits[i]!)) - y[i]!) / size;
        }
      }
      return gradient;
    },
    // The pull of the weights towards zero must not reach the frozen heads either.
    adjust: (gradient, _weights, tf) => tf.mul(gradient, tf.tensor2d(open, [open.length, 1])),
  };
}
