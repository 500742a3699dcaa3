import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createReplay } from '../../../../../operators/learn/strategies/rehearsal/replay.ts';
import { changeOf, makeBackground, makeExamples } from '../../make-example.ts';

const background = makeBackground(100);

describe('replay strategy', () => {
  it('disposes all tensors, also when aborted', async () => {
    const controller = new AbortController();
    let pauses = 0;
    const pause = async () => {
      if (++pauses === 30) controller.abort(new Error('enough'));
    };
    const strategy = createReplay({ steps: 10, backend: 'wasm', pause });
    const added = makeExamples('a', 3, { crops: 1 });
    await strategy.update(changeOf({ added, background }));
    const { numTensors } = tf.memory();
    await strategy.update(changeOf({ replay: () => added }), controller.signal).catch(() => null);
    expect(pauses).toBe(30);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(numTensors).toBe(0);
  });

  it('takes a fixed number of steps per layer, for any number of examples', async () => {
    let pauses = 0;
    const pause = async () => {
      pauses++;
    };
    const strategy = createReplay({ steps: 7, backend: 'wasm', pause });
    await strategy.update(changeOf({ added: makeExamples('a', 40), background }));
    // One more per layer, after the start of the backend.
    expect(pauses).toBe(7 + 1);
    await strategy.update(changeOf({ added: makeExamples('b', 1, { crops: 1 }) }));
    expect(pauses).toBe(3 * (7 + 1));
  });

  it('trains on the memory, and forgets classes that left it', async () => {
    const strategy = createReplay({ steps: 40, backend: 'wasm' });
    const first = makeExamples('a', 4);
    await strategy.update(changeOf({ added: first, background }));
    const before = strategy.stateBytes;
    const draft = await strategy.update(changeOf({ added: makeExamples('b', 4) }));
    expect(draft.classes).toEqual(['a', 'b']);
    expect(strategy.stateBytes - before).toBe(4 * 129);
  });

  it('draws differently from another seed', async () => {
    const added = makeExamples('a', 4);
    const [one, two] = await Promise.all(
      [1, 2].map((seed) =>
        createReplay({ seed, steps: 5, backend: 'wasm' }).update(changeOf({ added, background })),
      ),
    );
    expect(one!.dense.weights).not.toEqual(two!.dense.weights);
    expect(one!.objectness).toEqual(two!.objectness);
  });
});
