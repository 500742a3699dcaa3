import { splitClasses } from '../gradient/class-split.ts';
import { crossEntropyGradient, softmaxRows } from '../gradient/cross-entropy.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import { stateless, type LayerContext, type Method } from '../gradient/method.ts';
import type { Objective } from '../gradient/train-layer.ts';
import { unbiasedDistillationGradient } from '../gradient/unbiased-distillation.ts';
import type { Strategy } from '../../strategy.ts';

/** Weight of the distillation relative to the labels. */
const strength = 1;

/**
 * The losses of modeling missing annotations on the head alone: trains on the change, and
 * interprets background as "none of the classes labelled in this change". Background may contain
 * old classes, so the cross-entropy uses the summed probability of background and the old classes.
 * The last head's background may contain new classes, so the distillation uses the summed
 * probability of background and the new classes.
 *
 * This is not the paper's method, hence the name: the paper trains a two-stage detector and distils
 * its region proposals and features too; here only the linear head is trained, and boxes and
 * backbone are frozen.
 */
const mmaHeadMethod: Method<null> = {
  ...stateless,
  name: 'mma-head',
  paper:
    'After Modeling missing annotations for incremental learning in object detection, Cermelli et al., 2022',
  keepsNegatives: false,
  tuning: { learningRate: 1e-3, weightDecay: 1e-4 },
  examples: (_own, { change }) => change.added,
  objective: (_own, context) => unbiased(context),
};

function unbiased(context: LayerContext): Objective {
  const split = splitClasses(context);
  return {
    teacher: context.start,
    gradient: (logits, { y, classes }, teacherLogits) => {
      const gradient = unbiasedCrossEntropyGradient(logits, y, classes, split.old);
      if (split.old.length === 0) return gradient;
      const distillation = unbiasedDistillationGradient(logits, teacherLogits, classes, split);
      return gradient.map((value, i) => value + context.hold * strength * distillation[i]!);
    },
  };
}

/**
 * Gradient, with respect to the logits, of a cross-entropy whose background includes the old
 * classes: the remainder of a row of `targets` to 1 is the target of background and the old classes
 * together. Divided by the rows.
 */
export function unbiasedCrossEntropyGradient(
  logits: Float32Array,
  targets: Float32Array,
  classes: number,
  old: readonly number[],
): Float32Array<ArrayBuffer> {
  const rows = logits.length / classes;
  const gradient = crossEntropyGradient(logits, targets, classes);
  const shares = softmaxRows(logits, classes);
  for (let row = 0; row < rows; row++) {
    const own = shares.subarray(row * (classes + 1), (row + 1) * (classes + 1));
    let remainder = 1;
    for (let k = 0; k < classes; k++) remainder -= targets[row * classes + k]!;
    const together = old.reduce((sum, column) => sum + own[column]!, own[classes]!);
    // The logarithm of a sum of shares does not depend on how they divide it.
    if (together === 0) continue;
    for (const column of old) {
      const at = row * classes + column;
      gradient[at] = gradient[at]! - (remainder * own[column]!) / (together * rows);
    }
  }
  return gradient;
}

/** An `mma-head` strategy that has learned nothing yet. */
export function createMmaHead(options?: GradientOptions): Strategy {
  return new GradientStrategy(mmaHeadMethod, options);
}
