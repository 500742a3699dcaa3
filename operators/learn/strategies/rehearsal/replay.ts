import { checkExample } from '../../examples/check-example.ts';
import type { Example } from '../../strategy.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import { keepsNothing, type Method, type UpdateContext } from '../gradient/method.ts';

/**
 * Experience replay: trains on everything the sample memory holds, old and new classes in equal
 * shares. What the memory let go is not trained on any more and may be forgotten. Which samples stay is the memory's
 * policy; with `reservoir` this is the ER of the literature. The sample memory holds objects: what
 * is none of them comes from the background that every method keeps.
 */
const method: Method<null> = {
  ...keepsNothing,
  name: 'replay',
  paper: 'Experience replay for continual learning, Rolnick et al., 2019',
  bringsNegatives: false,
  tuning: { learningRate: 0.01 },
  lessons: (_own, context) => replayRows(context),
};

/** What the sample memory holds of the classes that there are, and of none. Throws a RangeError for broken vectors. */
export function replayRows({ change, classes }: UpdateContext): readonly Example[] {
  const known = new Set(classes);
  const lessons = change.replay().filter(({ label }) => label === null || known.has(label));
  for (const lesson of lessons) checkExample(lesson);
  return lessons;
}

/** A `replay` strategy that has learned nothing yet. */
export function createReplay(options?: GradientOptions): GradientStrategy<null> {
  return new GradientStrategy(method, options);
}
