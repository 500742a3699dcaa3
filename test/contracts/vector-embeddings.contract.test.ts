import { describe, expect, it } from 'vitest';
import { vectorLayout } from '../../operators/detect/engines/embedding-layout.ts';
import { liftedLength } from '../../operators/detect/heads/lift.ts';
import { scoreCrop } from '../../operators/detect/heads/score.ts';
import { seededRandom } from '../../operators/foundation/numbers/seeded-random.ts';
import {
  createStrategy,
  strategyNames,
} from '../../operators/learn/strategies/strategy-registry.ts';
import type { Example } from '../../operators/learn/strategy.ts';
import {
  changeOf,
  latentOf,
  makeBackground,
  makeExample,
} from '../operators/learn/make-example.ts';
import { sameTuning } from '../operators/learn/strategies/same-tuning.ts';

const embedding = vectorLayout(46);
const { length } = embedding;
const background = makeBackground(60);
const added = Array.from({ length: 12 }, (_, i): Example => ({
  ...makeExample(`e${i}`, 'ab'[i % 2]!, { crops: 3, embeddingLength: length }),
  offsets: [[0.01 * i, 0, -0.01 * i, 0.1]],
}));
const negatives = [0, 1, 2].map((i) =>
  makeExample(`none${i}`, null, { crops: 1, embeddingLength: length }),
);

// The contract of strategies runs on the built-in encoder's layout; this is what another one's
// layout, one short vector, could break.
describe.each(strategyNames)('%s strategy on the vectors of another encoder', (name) => {
  const create = () =>
    createStrategy(name, { seed: 3, backend: 'wasm', embedding, ...sameTuning, steps: 60 });

  it('learns classes and boxes from them, and goes on from its saved state', async () => {
    const strategy = create();
    const draft = await strategy.update(
      changeOf({ added: [...added.slice(0, 10), ...negatives], background }),
    );
    const { crop, box } = draft;
    expect(crop!.length).toBe(liftedLength(crop!.lift, length));
    expect(box!.weights).toHaveLength(4 * length);
    const random = seededRandom(77);
    const isRight = (label: string) => {
      const scores = scoreCrop({ ...draft, version: 1 }, latentOf(label, length, random))!;
      return scores[draft.classes.indexOf(label)]! >= Math.max(...scores);
    };
    const right = Array.from({ length: 20 }, (_, i) => isRight('ab'[i % 2]!));
    expect(right.filter(Boolean).length).toBeGreaterThanOrEqual(18);

    const restored = create();
    restored.restore(strategy.save());
    const rest = changeOf({ added: added.slice(10), replay: () => added });
    const [first, second] = [await strategy.update(rest), await restored.update(rest)];
    expect(second.crop).toEqual(first.crop);
    expect(second.box).toEqual(first.box);
  });

  it('refuses examples, and the saved state, of another layout', async () => {
    const strategy = create();
    const builtIn = makeExample('x', 'a', { crops: 1 });
    await expect(strategy.update(changeOf({ added: [builtIn] }))).rejects.toThrow(RangeError);
    const other = createStrategy(name, { backend: 'wasm' });
    expect(() => other.restore(strategy.save())).toThrow(
      'learned from embeddings of 46 vector values, not of 64 × 9 layout + 528 parts + 192 texture',
    );
    expect(() => strategy.restore(other.save())).toThrow('not of 46 vector values');
  });
});
