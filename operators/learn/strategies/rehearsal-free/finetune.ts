import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import { keepsNothing, type Method } from '../gradient/method.ts';

/**
 * Nothing against forgetting: trains on the change alone, as if nothing had been before. Old classes get no example, and
 * so every step on a new one pushes them down; how far is a matter of the learning rate alone.
 *
 * Background is no class and is kept like everywhere else, so what is measured is the forgetting of classes.
 */
const method: Method<null> = {
  ...keepsNothing,
  name: 'finetune',
  paper:
    'Catastrophic interference in connectionist networks: the sequential learning problem, McCloskey and Cohen, 1989',
  bringsNegatives: false,
  tuning: { learningRate: 1e-4 },
  lessons: (_own, { change }) => change.added,
};

/** A `finetune` strategy that has learned nothing yet. */
export function createFinetune(options?: GradientOptions): GradientStrategy<null> {
  return new GradientStrategy(method, options);
}
