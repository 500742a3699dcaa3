import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import { stateless, type Method } from '../gradient/method.ts';
import type { Strategy } from '../../strategy.ts';

/**
 * The lower bound, without any measure against forgetting: trains on the change alone. Old classes
 * get no examples, so every step on a new class lowers their scores, by an amount that depends on
 * the learning rate alone.
 *
 * Background is not a class and is kept as in every method, so only the forgetting of classes is
 * measured.
 */
const finetuneMethod: Method<null> = {
  ...stateless,
  name: 'finetune',
  paper:
    'Catastrophic interference in connectionist networks: the sequential learning problem, McCloskey and Cohen, 1989',
  keepsNegatives: false,
  tuning: { learningRate: 1e-4 },
  examples: (_own, { change }) => change.added,
};

/** A `finetune` strategy that has learned nothing yet. */
export function createFinetune(options?: GradientOptions): Strategy {
  return new GradientStrategy(finetuneMethod, options);
}
