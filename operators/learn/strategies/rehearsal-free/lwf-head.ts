import { splitClasses } from '../gradient/class-split.ts';
import {
  addColumns,
  crossEntropyGradient,
  pickColumns,
  softmaxRows,
} from '../gradient/cross-entropy.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import { stateless, type LayerContext, type Method } from '../gradient/method.ts';
import type { Objective } from '../gradient/train-layer.ts';
import type { Strategy } from '../../strategy.ts';

/** Weight of the distillation relative to the labels. */
const strength = 1;
/** Above 1, so that small shares of the old outputs are distilled too. */
const temperature = 2;

/**
 * Distillation of the last head, after learning without forgetting: trains on the change alone. Its
 * labels train the new classes against background; the last head's outputs for the old classes on
 * the same rows are distilled.
 *
 * This is not the paper's method, hence the name. In the paper, distillation holds the outputs of a
 * network whose backbone moves, and ILOD (Shmelkov, Schmid and Alahari, 2017) does the same for a
 * detector, boxes included. Here backbone and boxes are frozen and only the linear head is trained,
 * so old weights move only as far as the new rows require.
 */
const lwfHeadMethod: Method<null> = {
  ...stateless,
  name: 'lwf-head',
  paper: 'After Learning without forgetting, Li and Hoiem, 2016',
  keepsNegatives: false,
  tuning: { learningRate: 1e-3, weightDecay: 1e-4 },
  examples: (_own, { change }) => change.added,
  objective: (_own, context) => distilled(context),
};

function distilled(context: LayerContext): Objective {
  const { old, current } = splitClasses(context);
  return {
    teacher: context.start,
    gradient: (logits, { y, classes, size }, teacherLogits) => {
      const gradient = new Float32Array(logits.length);
      if (current.length > 0) {
        const own = pickColumns(logits, classes, current);
        const targets = pickColumns(y, classes, current);
        addColumns(gradient, classes, current, crossEntropyGradient(own, targets, current.length));
      }
      if (old.length > 0) {
        const [shares, targets] = [logits, teacherLogits].map((values) =>
          softmaxRows(pickColumns(values, classes, old), old.length, temperature),
        ) as [Float32Array, Float32Array];
        // The gradient of temperature² · divergence, whose size does not depend on the temperature.
        const scale = (context.hold * strength * temperature) / size;
        const difference = shares.map((share, i) => scale * (share - targets[i]!));
        const columns = old.map((_, column) => column);
        const oldGradient = pickColumns(difference, old.length + 1, columns);
        addColumns(gradient, classes, old, oldGradient);
      }
      return gradient;
    },
  };
}

/** An `lwf-head` strategy that has learned nothing yet. */
export function createLwfHead(options?: GradientOptions): Strategy {
  return new GradientStrategy(lwfHeadMethod, options);
}
