import type { EmbeddingLayout } from '../../detect/engines/embedding-layout.ts';
import { messageOf } from '../../foundation/errors/message-of.ts';
import type { Strategy } from '../strategy.ts';
import { withBoxRegression } from './with-box-regression.ts';

/** What a strategy gets from the learner that runs it. */
export interface StrategySetup {
  /** Seed of all its draws. */
  readonly seed: number;
  /** To be awaited every few milliseconds of work: crops of the live path are served meanwhile. */
  readonly pause: () => Promise<void>;
  /** How the embeddings that it learns from are laid out. */
  readonly embedding: EmbeddingLayout;
}

/** Creates a strategy that has learned nothing yet. */
export type StrategyFactory = (setup: StrategySetup) => Strategy;

/**
 * Loads a strategy from outside lifelens: the `createStrategy` that a module exports. The box
 * regression is added to it, as to all strategies.
 *
 * @param url URL of an ES module.
 * @throws Error, naming the module, when it cannot be loaded or exports no such function.
 */
export async function loadStrategy(url: string): Promise<StrategyFactory> {
  const loaded: unknown = await import(url).catch((cause: unknown) => {
    throw new Error(`cannot load the strategy module ${url}: ${messageOf(cause)}`, { cause });
  });
  const { createStrategy } = loaded as { readonly createStrategy?: unknown };
  if (typeof createStrategy !== 'function') {
    const expected =
      'expected a function `createStrategy({ seed, pause, embedding })` that returns a Strategy';
    throw new Error(`the strategy module ${url} exports no \`createStrategy\`; ${expected}`);
  }
  const create = createStrategy as StrategyFactory;
  return (setup) => withBoxRegression(setup, () => create(setup));
}
