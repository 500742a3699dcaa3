import { splitClasses } from '../gradient/class-split.ts';
import {
  addColumns,
  crossEntropyGradient,
  pickColumns,
  softmaxRows,
} from '../gradient/cross-entropy.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import { keepsNothing, type LayerContext, type Method } from '../gradient/method.ts';
import type { Objective } from '../gradient/train-layer.ts';

/** Weight of the old outputs against the new labels. */
const strength = 1;
/** Above 1, so that the small shares of an old output are learned too. */
const temperature = 2;

/**
 * Learning without forgetting: trains on the change alone. Its labels teach the new classes against background; what
 * the last head says of the same places about the old classes against background is distilled.
 *
 * In the paper the old outputs hold a network in place while its trunk moves, and ILOD (Shmelkov, Schmid and Alahari,
 * 2017) does the same for a detector, boxes included. Here trunk and boxes are frozen and only the linear
 * head is trained, so old weights move only as far as new places ask them to.
 */
const method: Method<null> = {
  ...keepsNothing,
  name: 'lwf',
  paper: 'Learning without forgetting, Li and Hoiem, 2016',
  bringsNegatives: false,
  tuning: { learningRate: 1e-3, weightDecay: 1e-4 },
  lessons: (_own, { change }) => change.added,
  objective: (_own, context) => distilled(context),
};

function distilled(context: LayerContext): Objective {
  const { old, taught } = splitClasses(context);
  return {
    teacher: context.start,
    gradient: (logits, { y, classes, size }, outputs) => {
      const gradient = new Float32Array(logits.length);
      if (taught.length > 0) {
        const own = pickColumns(logits, classes, taught);
        const targets = pickColumns(y, classes, taught);
        addColumns(gradient, classes, taught, crossEntropyGradient(own, targets, taught.length));
      }
      if (old.length > 0) {
        const [shares, wanted] = [logits, outputs].map((from) =>
          softmaxRows(pickColumns(from, classes, old), old.length, temperature),
        ) as [Float32Array, Float32Array];
        // Of temperature² · divergence, which keeps its size whatever the temperature.
        const scale = (context.hold * strength * temperature) / size;
        const difference = shares.map((share, i) => scale * (share - wanted[i]!));
        const columns = old.map((_, column) => column);
        const kept = pickColumns(difference, old.length + 1, columns);
        addColumns(gradient, classes, old, kept);
      }
      return gradient;
    },
  };
}

/** An `lwf` strategy that has learned nothing yet. */
export function createLwf(options?: GradientOptions): GradientStrategy<null> {
  return new GradientStrategy(method, options);
}
