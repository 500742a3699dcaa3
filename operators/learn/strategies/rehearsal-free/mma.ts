import { splitClasses } from '../gradient/class-split.ts';
import { crossEntropyGradient, softmaxRows } from '../gradient/cross-entropy.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import { keepsNothing, type LayerContext, type Method } from '../gradient/method.ts';
import type { Objective } from '../gradient/train-layer.ts';
import { unbiasedDistillationGradient } from '../gradient/unbiased-distillation.ts';

/** Weight of the old outputs against the new labels. */
const strength = 1;

/**
 * Modeling missing annotations: trains on the change alone, and reads its background as "none of the classes that were
 * labelled this time". What is background there may be an old class, so the probability that
 * counts is background's and the old classes' together; and what the last head called background may be a
 * new class, so the probability that is distilled is background's and the new classes' together.
 *
 * The paper trains a two-stage detector, distilling its region proposals and features too; here only the
 * linear head is trained, and boxes and trunk are frozen.
 */
const method: Method<null> = {
  ...keepsNothing,
  name: 'mma',
  paper:
    'Modeling missing annotations for incremental learning in object detection, Cermelli et al., 2022',
  bringsNegatives: false,
  tuning: { learningRate: 1e-3, weightDecay: 1e-4 },
  lessons: (_own, { change }) => change.added,
  objective: (_own, context) => unbiased(context),
};

function unbiased(context: LayerContext): Objective {
  const split = splitClasses(context);
  return {
    teacher: context.start,
    gradient: (logits, { y, classes }, outputs) => {
      const gradient = unbiasedCrossEntropyGradient(logits, y, classes, split.old);
      if (split.old.length === 0) return gradient;
      const held = unbiasedDistillationGradient(logits, outputs, classes, split);
      return gradient.map((value, i) => value + context.hold * strength * held[i]!);
    },
  };
}

/**
 * Gradient in the logits of a cross-entropy whose background is everything but the classes labelled: what a row of
 * `targets` lacks to 1 goes to background and the old classes together. Divided by the rows.
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
    let nothing = 1;
    for (let k = 0; k < classes; k++) nothing -= targets[row * classes + k]!;
    const together = old.reduce((sum, column) => sum + own[column]!, own[classes]!);
    // The gradient of the logarithm of a sum of shares asks nothing about who among them has it.
    if (together === 0) continue;
    for (const column of old) {
      const at = row * classes + column;
      gradient[at] = gradient[at]! - (nothing * own[column]!) / (together * rows);
    }
  }
  return gradient;
}

/** An `mma` strategy that has learned nothing yet. */
export function createMma(options?: GradientOptions): GradientStrategy<null> {
  return new GradientStrategy(method, options);
}
