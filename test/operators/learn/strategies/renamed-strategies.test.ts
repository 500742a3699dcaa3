import { describe, expect, it } from 'vitest';
import { builtInLayout } from '../../../../operators/detect/engines/embedding-layout.ts';
import {
  emptyState,
  openState,
  sealState,
} from '../../../../operators/learn/strategies/gradient/gradient-state.ts';
import { stateless, type Method } from '../../../../operators/learn/strategies/gradient/method.ts';
import {
  currentStrategyName,
  hintAtRename,
} from '../../../../operators/learn/strategies/renamed-strategies.ts';
import {
  createStrategy,
  type StrategyName,
  strategyNames,
} from '../../../../operators/learn/strategies/strategy-registry.ts';

const { length } = builtInLayout;
const earlier = ['lwf', 'mma', 'abr', 'nsgp-repre', 'multi-iod'];

describe('a method that was renamed', () => {
  it.each(earlier)('%s has a name that exists, and no method has the old one', (name) => {
    expect(strategyNames).toContain(currentStrategyName(name));
    expect(strategyNames).not.toContain(name);
  });

  it.each(earlier)('%s is refused with its new name', (name) => {
    const { message } = caught(() => createStrategy(name as StrategyName));
    expect(message).toContain(`${name} is called ${currentStrategyName(name)} now`);
  });

  it('reads the state that it saved under its old name', () => {
    const method = (name: string): Method<null> => ({
      ...stateless,
      name,
      paper: 'none',
      keepsNegatives: false,
      examples: () => [],
    });
    const saved = sealState({ ...emptyState(null, length), updates: 7 }, method('lwf'));
    expect(openState(saved, method('lwf-head'), length).updates).toBe(7);
    expect(() => openState(saved, method('ewc'), length)).toThrow('It is the state of lwf');
  });

  it('has no effect on other names', () => {
    expect(currentStrategyName('tally')).toBe('tally');
    expect(hintAtRename('tally')).toBeUndefined();
    expect(() => createStrategy('nothing' as StrategyName)).toThrow('expected one of tally, ridge');
  });
});

function caught(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected an error');
}
