import { describe, expect, it } from 'vitest';
import type { GradientOptions } from '../../../../../operators/learn/strategies/gradient/gradient-options.ts';
import { GradientStrategy } from '../../../../../operators/learn/strategies/gradient/gradient-strategy.ts';
import { crossEntropy } from '../../../../../operators/learn/strategies/gradient/train-layer.ts';
import {
  stateless,
  type Method,
} from '../../../../../operators/learn/strategies/gradient/method.ts';
import { changeOf, makeBackground, makeExample, makeExamples } from '../../make-example.ts';

const plain: Method<null> = {
  ...stateless,
  name: 'plain',
  paper: 'None, nobody, 2000',
  keepsNegatives: false,
  examples: (_own, { change }) => change.added,
};

const create = (method: Partial<Method<null>> = {}, options: GradientOptions = {}) =>
  new GradientStrategy({ ...plain, ...method }, { steps: 3, backend: 'wasm', ...options });

const background = makeBackground(300);
const withCrop = { crops: 1 };

describe('gradient strategy', () => {
  it('stays within its bytes by keeping less background', async () => {
    const change = changeOf({
      added: [...makeExamples('a', 4, withCrop), makeExample('n', null, withCrop)],
      background,
    });
    const free = create();
    await free.update(change);
    const bytesMax = free.stateBytes - 20_000;
    const bound = create({}, { bytesMax });
    await bound.update(change);
    expect(bound.stateBytes).toBeLessThanOrEqual(bytesMax);
    expect(bound.stateBytes).toBeGreaterThan(bytesMax - 40_000);
    await bound.update(changeOf({ added: makeExamples('b', 4, withCrop), background }));
    expect(bound.classes).toEqual(['a', 'b']);
    expect(bound.stateBytes).toBeLessThanOrEqual(bytesMax);
  });

  it('reports the bytes it needs if its limit is too low, and keeps its state', async () => {
    const strategy = create({}, { bytesMax: 50_000 });
    await strategy.update(changeOf({ added: makeExamples('a', 2), background }));
    const before = strategy.save();
    const update = strategy.update(changeOf({ added: makeExamples('b', 2, withCrop) }));
    await expect(update).rejects.toThrow(
      /^plain needs at least \d+ bytes for 2 classes and may take 50000$/,
    );
    expect(Buffer.compare(strategy.save(), before)).toBe(0);
  });

  it('rejects an update whose own state exceeds the bytes', async () => {
    const strategy = create({ bytes: () => 1e6 }, { bytesMax: 1e6 });
    await expect(strategy.update(changeOf({ added: makeExamples('a', 1) }))).rejects.toThrow(
      RangeError,
    );
  });

  it('divides the bytes left by layers and sums between own state and background', async () => {
    const rooms: number[] = [];
    const asked = (ownShare: number) =>
      create(
        {
          ownShare,
          admit: (own, { ownBytesMax }) => {
            rooms.push(ownBytesMax);
            return own;
          },
        },
        { bytesMax: 100_000 },
      );
    const [half, all] = [asked(0.5), asked(1)];
    for (const strategy of [half, all]) {
      await strategy.update(changeOf({ added: makeExamples('a', 1), background }));
    }
    expect(rooms[1]).toBeCloseTo(2 * rooms[0]!, 6);
    expect(all.stateBytes + rooms[1]!).toBeCloseTo(100_000, 6);
    expect(half.stateBytes).toBeGreaterThan(all.stateBytes);
    expect(half.stateBytes + rooms[0]!).toBeLessThanOrEqual(100_000);
  });

  it('keeps negatives for a method that does not keep its own, until they are removed', async () => {
    const nothing = makeExample('n', null, withCrop);
    const sizes = await Promise.all(
      [false, true].map(async (bringsNegatives) => {
        const strategy = create({ keepsNegatives: bringsNegatives });
        await strategy.update(changeOf({ added: makeExamples('a', 1, withCrop) }));
        const { stateBytes } = strategy;
        await strategy.update(changeOf({ added: [nothing] }));
        const kept = strategy.stateBytes - stateBytes;
        await strategy.update(changeOf({ removed: [nothing] }));
        return [kept, strategy.stateBytes - stateBytes];
      }),
    );
    expect(sizes).toEqual([
      [2 * (nothing.dense.length + nothing.embeddings.length), 0],
      [0, 0],
    ]);
  });

  it('refuses the state of another method', async () => {
    const other = create({ name: 'other' });
    await other.update(changeOf({ added: makeExamples('a', 1) }));
    expect(() => create().restore(other.save())).toThrow('It is the state of other, not of plain');
  });

  it('starts from the last head, or from zero if the method says so', async () => {
    const added = makeExamples('a', 3);
    const starts = async (fromScratch: boolean) => {
      const seen: boolean[] = [];
      const strategy = create({
        fromScratch,
        objective: (_own, { start }) => {
          seen.push(start.some((value) => value !== 0));
          return { gradient: (logits) => new Float32Array(logits.length).fill(0.01) };
        },
      });
      await strategy.update(changeOf({ added }));
      await strategy.update(changeOf({ added }));
      return seen;
    };
    expect(await starts(false)).toEqual([false, true]);
    expect(await starts(true)).toEqual([false, false]);
  });

  it('trains with the given settings, else with those of the method', async () => {
    const settings = { learningRate: 0.02, weightDecay: 0.1, hold: 3 };
    const holds: number[] = [];
    const draftOf = async (tuning: Method<null>['tuning'], options: GradientOptions) => {
      const objective: Method<null>['objective'] = (_own, { hold }) => {
        holds.push(hold);
        return crossEntropy;
      };
      const strategy = create({ objective, ...(tuning && { tuning }) }, options);
      return strategy.update(changeOf({ added: makeExamples('a', 3), background }));
    };
    const usual = await draftOf(undefined, {});
    const methodDraft = await draftOf(settings, {});
    const given = await draftOf({ learningRate: 0.5, weightDecay: 0, hold: 5 }, settings);
    expect(holds).toEqual([1, 3, 3]);
    expect(given).toEqual(methodDraft);
    for (const setting of ['learningRate', 'weightDecay'] as const) {
      const one = await draftOf({ [setting]: settings[setting] }, {});
      expect(one.dense).not.toEqual(usual.dense);
    }
  });
});
