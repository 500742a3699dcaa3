import { describe, expect, it } from 'vitest';
import { createFrozenRows } from '../../../../../operators/learn/strategies/rehearsal-free/frozen-rows.ts';
import type { HeadDraft } from '../../../../../operators/learn/strategy.ts';
import { changeOf, makeBackground, makeExamples } from '../../make-example.ts';

const background = makeBackground(100);
const create = () => createFrozenRows({ steps: 40, backend: 'wasm' });
const examples = (label: string, from = 0) => makeExamples(label, 4, { crops: 1, from });

/** Largest change of one class's weights in both layers, relative to its largest weight. */
function moved(before: HeadDraft, after: HeadDraft, name: string): number {
  const numbers = ({ classes, dense, crop }: HeadDraft) =>
    [dense, crop!].flatMap(({ weights, bias, length }) => {
      const row = classes.indexOf(name);
      return [...weights.subarray(row * length, (row + 1) * length), bias[row]!];
    });
  const [old, now] = [numbers(before), numbers(after)];
  const largest = old.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return old.reduce((most, value, i) => Math.max(most, Math.abs(value - now[i]!)), 0) / largest;
}

describe('frozen-rows strategy', () => {
  it('freezes the head of a step when the next is trained', async () => {
    const strategy = create();
    const first = await strategy.update(
      changeOf({ added: [...examples('a'), ...examples('b')], background }),
    );
    const second = await strategy.update(changeOf({ added: examples('c'), background }));
    expect(second.classes).toEqual(['a', 'b', 'c']);
    expect(second.activation).toBe('sigmoid');
    for (const name of ['a', 'b']) expect(moved(first, second, name)).toBeLessThan(1e-4);
  });

  it('trains only the class with further examples', async () => {
    const strategy = create();
    await strategy.update(changeOf({ added: examples('a'), background }));
    const before = await strategy.update(changeOf({ added: examples('b'), background }));
    const after = await strategy.update(changeOf({ added: examples('b', 10), background }));
    expect(moved(before, after, 'a')).toBeLessThan(1e-4);
    expect(moved(before, after, 'b')).toBeGreaterThan(0.01);
  });

  it('keeps no examples and no teacher, so its state does not grow with examples', async () => {
    const [few, many] = [create(), create()];
    await few.update(changeOf({ added: examples('a'), background }));
    await many.update(changeOf({ added: makeExamples('a', 40, { crops: 1 }), background }));
    expect(many.stateBytes).toBe(few.stateBytes);
  });
});
