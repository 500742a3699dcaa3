import { describe, expect, test } from 'vitest';
import { builtInLayout } from '../../../../operators/detect/engines/embedding-layout.ts';
import { loadStrategy } from '../../../../operators/learn/strategies/load-strategy.ts';
import { createStrategy } from '../../../../operators/learn/strategies/strategy-registry.ts';

const setup = { seed: 1, pause: () => Promise.resolve(), embedding: builtInLayout };
const example = new URL('../../../../examples/nearest-mean.ts', import.meta.url).href;
const fixture = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;

describe('loadStrategy', () => {
  test('creates the strategy of a module, with box regression', async () => {
    const strategy = (await loadStrategy(example))(setup);
    expect(strategy.name).toBe('nearest-mean');
    // Its own state is that of the built-in strategy it is made of.
    expect(strategy.stateBytes).toBeGreaterThan(createStrategy('ncm').stateBytes);
  });

  test('explains what is wrong with a module without a strategy', async () => {
    const url = fixture('export const createStrategy = 7;');
    await expect(loadStrategy(url)).rejects.toThrow(
      `the strategy module ${url} exports no \`createStrategy\`; expected a function ` +
        '`createStrategy({ seed, pause, embedding })` that returns a Strategy',
    );
  });

  test('names a module that cannot be loaded', async () => {
    await expect(loadStrategy('file:///nowhere/strategy.js')).rejects.toThrow(
      /^cannot load the strategy module file:\/\/\/nowhere\/strategy.js: /,
    );
    const broken = fixture('throw new Error("no such table");');
    await expect(loadStrategy(broken)).rejects.toThrow(/: no such table$/);
  });
});
