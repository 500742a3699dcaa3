import { describe, expect, it } from 'vitest';
import { BoxSums } from '../../../../operators/learn/solvers/box-sums.ts';
import { BytesError } from '../../../../operators/learn/strategies/bytes-error.ts';
import { createStrategy } from '../../../../operators/learn/strategies/strategy-registry.ts';
import { createTally } from '../../../../operators/learn/strategies/tally/tally.ts';
import type { Example } from '../../../../operators/learn/strategy.ts';
import { changeOf, makeExample, makeExamples } from '../make-example.ts';

const boxBytes = new BoxSums().bytes;
const added = Array.from({ length: 12 }, (_, i): Example => ({
  ...makeExample(`e${i}`, i % 2 === 0 ? 'a' : 'b', { crops: 2 }),
  offsets: [[0.01 * i, 0, -0.01 * i, 0.1]],
}));

describe('a strategy with box regression', () => {
  it('adds a box layer to the head of the strategy once there are enough offsets', async () => {
    const strategy = createStrategy('tally');
    const few = await strategy.update(changeOf({ added: added.slice(0, 4) }));
    expect(few.box).toBeUndefined();
    const { box, ...own } = await strategy.update(changeOf({ added: added.slice(4) }));
    expect(box?.bias).toHaveLength(4);
    const alone = createTally();
    await alone.update(changeOf({ added: added.slice(0, 4) }));
    expect(own).toEqual(await alone.update(changeOf({ added: added.slice(4) })));
  });

  it('continues the box regression from a saved state', async () => {
    const first = createStrategy('tally');
    await first.update(changeOf({ added: added.slice(0, 9) }));
    const second = createStrategy('tally');
    second.restore(first.save());
    const remaining = changeOf({ added: added.slice(9) });
    expect((await second.update(remaining)).box).toEqual((await first.update(remaining)).box);
  });

  it('learns no boxes from a change that the strategy rejects', async () => {
    const strategy = createStrategy('tally');
    await strategy.update(changeOf({ added: added.slice(0, 7) }));
    const bad = { ...added[8]!, dense: new Float32Array(3) };
    await expect(strategy.update(changeOf({ added: [added[7]!, bad] }))).rejects.toThrow('dense');
    expect((await strategy.update(changeOf({}))).box).toBeUndefined();
  });

  it('counts its bytes, and subtracts them from the limit of the strategy', () => {
    const alone = createTally();
    expect(createStrategy('tally').stateBytes).toBe(alone.stateBytes + boxBytes);
    expect(boxBytes).toBeLessThan(102_400);
    const bytesMax = 500_000;
    const bounded = createStrategy('tally', { bytesMax });
    expect(bounded.stateBytes).toBeLessThanOrEqual(bytesMax);
    const inner = createTally({ bytesMax: bytesMax - boxBytes });
    expect(bounded.stateBytes - boxBytes).toBe(inner.stateBytes);
  });

  it('reports the bytes that both need together, which are then sufficient', async () => {
    const tooFew = (bytesMax: number) => () => createStrategy('tally', { bytesMax });
    expect(tooFew(1)).toThrow(/^tally needs at least \d+ bytes for 0 classes and may take 1$/);
    const [, needed] = /at least (\d+)/.exec(thrownMessage(tooFew(1)))!;
    expect(tooFew(Number(needed) - 1)).toThrow(BytesError);
    const strategy = createStrategy('tally', { bytesMax: Number(needed) });
    const update = strategy.update(changeOf({ added: makeExamples('a', 1, { crops: 1 }) }));
    await expect(update).rejects.toThrow(
      new RegExp(`^tally needs at least \\d+ bytes for 1 classes and may take ${needed}$`),
    );
  });

  it.each([
    ['more offsets than crop embeddings', [[0, 0, 0, 0] as const, [0, 0, 0, 0] as const]],
    ['an offset is not finite', [[0, NaN, 0, 0] as const]],
  ])('refuses an example with %s', async (message, offsets) => {
    const example = { ...makeExample('x', 'a', { crops: 1 }), offsets };
    await expect(createStrategy('tally').update(changeOf({ added: [example] }))).rejects.toThrow(
      `example x: ${message}`,
    );
  });
});

function thrownMessage(fails: () => unknown): string {
  try {
    fails();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
