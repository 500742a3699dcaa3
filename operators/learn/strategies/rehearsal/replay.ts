import { checkExample } from '../../examples/check-example.ts';
import type { Example, Strategy } from '../../strategy.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import { stateless, type Method, type UpdateContext } from '../gradient/method.ts';

/**
 * Experience replay: trains on the whole sample memory, old and new classes in equal shares.
 * Samples that leave the memory may be forgotten. The memory's policy decides which stay; with
 * `reservoir` this is the ER of the literature. The sample memory holds objects only; negatives
 * come from the background that every method keeps.
 */
const replayMethod: Method<null> = {
  ...stateless,
  name: 'replay',
  paper: 'Experience replay for continual learning, Rolnick et al., 2019',
  keepsNegatives: false,
  tuning: { learningRate: 0.01 },
  examples: (_own, context) => replayRows(context),
};

/**
 * The sample memory's examples of known classes and of none. Throws a RangeError for invalid
 * vectors.
 */
export function replayRows({ change, classes, layers }: UpdateContext): readonly Example[] {
  const known = new Set(classes);
  const examples = change.replay().filter(({ label }) => label === null || known.has(label));
  for (const example of examples) checkExample(example, layers.crop.length);
  return examples;
}

/** A `replay` strategy that has learned nothing yet. */
export function createReplay(options?: GradientOptions): Strategy {
  return new GradientStrategy(replayMethod, options);
}
