import { describe, expect, it } from 'vitest';
import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../../operators/detect/engines/engine.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import type { Change, Strategy } from '../../../../operators/learn/strategy.ts';
import { createMemory } from '../../../../operators/remember/create-memory.ts';
import {
  BenchLearner,
  StrategyError,
} from '../../../../pipeline/laboratory/learning/bench-learner.ts';
import type { CachedExamples } from '../../../../pipeline/laboratory/learning/cache/examples-file.ts';
import type { StepPicture } from '../../../../pipeline/laboratory/protocols/protocol.ts';
import { imageOf } from './painted-set.ts';

const { signal } = new AbortController();
const picture = (id: string, label = 'cup'): StepPicture => ({
  image: imageOf(id, []),
  boxes: [{ box: [0, 0, 9, 9], label }],
  ignore: [],
});

/** One example per box and one negative, each with one cell and one crop embedding. */
async function examplesOf({ image, boxes }: StepPicture): Promise<CachedExamples> {
  const vectors = {
    dense: new Float32Array(denseLatentLength).fill(1),
    denseTargets: Float32Array.of(1),
    embeddings: new Float32Array(cropEmbeddingLength).fill(1),
  };
  return {
    examples: boxes.map(({ label }, i) => ({ id: `${image.id}/${i}`, label, ...vectors })),
    negatives: [{ id: `${image.id}/not0`, label: null, ...vectors }],
    background: new Float32Array(2 * denseLatentLength),
    backgroundWeight: 32,
  };
}

/** A strategy that records its changes, with the ids that `replay` returns at that moment. */
function recordingStrategy() {
  const changes: (Change & { readonly replayed: readonly string[] })[] = [];
  const classes = new Set<string>();
  const strategy: Strategy = {
    name: 'recording',
    paper: 'none',
    get classes() {
      return [...classes];
    },
    get stateBytes() {
      return 100 * classes.size;
    },
    async update(change) {
      changes.push({ ...change, replayed: change.replay().map(({ id }) => id) });
      for (const { label } of change.added) if (label !== null) classes.add(label);
      const { version: _, ...head } = emptyHead();
      return { ...head, classes: [...classes] };
    },
    save: () => new Uint8Array(0),
    restore: () => undefined,
  };
  return { changes, strategy };
}

describe('the learner of a benchmark', () => {
  it('puts the pictures of a step into one change, with ids unique per step', async () => {
    const { changes, strategy } = recordingStrategy();
    const learner = new BenchLearner({ strategy, memory: null, examplesOf, signal });
    await learner.learn([picture('a'), picture('b')]);
    const head = await learner.learn([picture('a', 'hat')]);
    expect(changes.map(({ added }) => added.map(({ id }) => id))).toEqual([
      ['1/a/0', '1/a/not0', '1/b/0', '1/b/not0'],
      ['2/a/0', '2/a/not0'],
    ]);
    expect(changes[0]).toMatchObject({ removed: [], backgroundWeight: 32, replayed: [] });
    expect(changes[0]!.background).toHaveLength(4 * denseLatentLength);
    expect(head).toMatchObject({ version: 2, classes: ['cup', 'hat'] });
    expect(learner.head).toBe(head);
    expect(learner.updates).toMatchObject([
      { step: 1, examples: 2, negatives: 2, classes: 1 },
      { step: 2, examples: 1, negatives: 1, classes: 2 },
    ]);
    for (const { updateMs, cpuMs } of learner.updates) {
      expect(updateMs).toBeGreaterThanOrEqual(0);
      expect(cpuMs).toBeGreaterThanOrEqual(0);
    }
  });

  it('bounds the size of one change', async () => {
    const { changes, strategy } = recordingStrategy();
    const parts = { strategy, memory: null, examplesOf, signal };
    const learner = new BenchLearner({ ...parts, changeBytesMax: 20_000 });
    await learner.learn(['a', 'b', 'c', 'd', 'e'].map((id) => picture(id)));
    // A picture has two examples with a cell and an embedding each, and two background cells:
    // 11,792 bytes.
    expect(changes.map(({ added }) => added.length / 2)).toEqual([2, 2, 1]);
  });

  it('adds only labelled objects to the memory, within its cap', async () => {
    const { changes, strategy } = recordingStrategy();
    const memory = createMemory('balanced', 16_000, () => 0.5);
    const learner = new BenchLearner({ strategy, memory, examplesOf, signal });
    await learner.learn([picture('a'), picture('b')]);
    expect(changes[0]!.replayed).toEqual(['1/a/0', '1/b/0']);
    expect(learner.bytes).toBe(memory.bytes + 100);
    await learner.learn(['c', 'd', 'e', 'f'].map((id) => picture(id)));
    expect(memory.bytes).toBeLessThanOrEqual(16_000);
    expect(changes[1]!.replayed).toHaveLength(memory.size);
    expect(learner.bytesPeak).toBeGreaterThanOrEqual(learner.bytes);
  });

  it('removes samples from the memory', async () => {
    const { changes, strategy } = recordingStrategy();
    const memory = createMemory('balanced', 1e6, () => 0.5);
    const learner = new BenchLearner({ strategy, memory, examplesOf, signal });
    await learner.learn([picture('a'), picture('b')]);
    const removed = changes[0]!.added.filter(({ id }) => id === '1/a/0');
    const background = new Float32Array(0);
    await learner.update({ added: [], removed, background, backgroundWeight: 1 });
    expect(changes[1]).toMatchObject({ removed, replayed: ['1/b/0'] });
  });

  it('names the strategy in errors about its cap, and passes on other errors', async () => {
    const failing = (error: Error) => {
      const strategy = { ...recordingStrategy().strategy, update: () => Promise.reject(error) };
      return new BenchLearner({ strategy, memory: null, examplesOf, signal }).learn([picture('a')]);
    };
    const refused = failing(new RangeError('bytesMax 5 is too small'));
    await expect(refused).rejects.toThrow(StrategyError);
    await expect(refused).rejects.toThrow('strategy recording: bytesMax 5 is too small');
    await expect(failing(new TypeError('other'))).rejects.toThrow(TypeError);
  });

  it('stops between two pictures', async () => {
    const { changes, strategy } = recordingStrategy();
    const stop = new AbortController();
    const learner = new BenchLearner({
      strategy,
      memory: null,
      examplesOf: (next) => {
        stop.abort();
        return examplesOf(next);
      },
      signal: stop.signal,
    });
    await expect(learner.learn([picture('a'), picture('b')])).rejects.toThrow();
    expect(changes).toEqual([]);
  });
});
