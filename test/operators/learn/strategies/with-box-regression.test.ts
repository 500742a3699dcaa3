import { describe, expect, it } from 'vitest';
import { BoxSums } from '../../../../operators/learn/solvers/box-sums.ts';
import { BytesError } from '../../../../operators/learn/strategies/bytes-error.ts';
import { createStrategy } from '../../../../operators/learn/strategies/index.ts';
import { TallyStrategy } from '../../../../operators/learn/strategies/tally/tally.ts';
import type { Example } from '../../../../operators/learn/strategy.ts';
import { changeOf, makeExample, makeExamples } from '../make-example.ts';

const added = Array.from({ length: 12 }, (_, i): Example => ({
  ...makeExample(`e${i}`, i % 2 === 0 ? 'a' : 'b', { looks: 2 }),
  offsets: [[0.01 * i, 0, -0.01 * i, 0.1]],
}));

describe('a strategy with boxes', () => {
  it('drafts the strategy’s own head and, once enough looks were off, a box layer', async () => {
    const strategy = createStrategy('tally');
    const few = await strategy.update(changeOf({ added: added.slice(0, 4) }));
    expect(few.box).toBeUndefined();
    const { box, ...own } = await strategy.update(changeOf({ added: added.slice(4) }));
    expect(box?.bias).toHaveLength(4);
    const alone = new TallyStrategy();
    await alone.update(changeOf({ added: added.slice(0, 4) }));
    expect(own).toEqual(await alone.update(changeOf({ added: added.slice(4) })));
  });

  it('goes on with boxes where a saved state ended', async () => {
    const first = createStrategy('tally');
    await first.update(changeOf({ added: added.slice(0, 9) }));
    const second = createStrategy('tally');
    second.restore(first.save());
    const rest = changeOf({ added: added.slice(9) });
    expect((await second.update(rest)).box).toEqual((await first.update(rest)).box);
  });

  it('learns no box from what the strategy refuses', async () => {
    const strategy = createStrategy('tally');
    await strategy.update(changeOf({ added: added.slice(0, 7) }));
    const bad = { ...added[8]!, dense: new Float32Array(3) };
    await expect(strategy.update(changeOf({ added: [added[7]!, bad] }))).rejects.toThrow('dense');
    expect((await strategy.update(changeOf({}))).box).toBeUndefined();
  });

  it('counts its bytes, and takes them off what the strategy may take', () => {
    const alone = new TallyStrategy();
    expect(createStrategy('tally').stateBytes).toBe(alone.stateBytes + BoxSums.bytes);
    expect(BoxSums.bytes).toBeLessThan(102_400);
    const bytesMax = 500_000;
    const bounded = createStrategy('tally', { bytesMax });
    expect(bounded.stateBytes).toBeLessThanOrEqual(bytesMax);
    const inner = new TallyStrategy({ bytesMax: bytesMax - BoxSums.bytes });
    expect(bounded.stateBytes - BoxSums.bytes).toBe(inner.stateBytes);
  });

  it('says what both together need, so that as much is enough', async () => {
    const tooFew = (bytesMax: number) => () => createStrategy('tally', { bytesMax });
    expect(tooFew(1)).toThrow(/^tally needs at least \d+ bytes for 0 classes and may take 1$/);
    const [, needed] = /at least (\d+)/.exec(messageOf(tooFew(1)))!;
    expect(tooFew(Number(needed) - 1)).toThrow(BytesError);
    const strategy = createStrategy('tally', { bytesMax: Number(needed) });
    const update = strategy.update(changeOf({ added: makeExamples('a', 1, { looks: 1 }) }));
    await expect(update).rejects.toThrow(
      new RegExp(`^tally needs at least \\d+ bytes for 1 classes and may take ${needed}$`),
    );
  });

  it.each([
    ['more offsets than looks', [[0, 0, 0, 0] as const, [0, 0, 0, 0] as const]],
    ['an offset is not finite', [[0, NaN, 0, 0] as const]],
  ])('refuses an example with %s', async (message, offsets) => {
    const example = { ...makeExample('x', 'a', { looks: 1 }), offsets };
    await expect(createStrategy('tally').update(changeOf({ added: [example] }))).rejects.toThrow(
      `example x: ${message}`,
    );
  });
});

function messageOf(fails: () => unknown): string {
  try {
    fails();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
