import { afterEach, describe, expect, it } from 'vitest';
import {
  cropEmbeddingLength,
  denseLatentLength,
} from '../../../operators/detect/engines/engine.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { threadCpuMs } from '../../../operators/foundation/threads/thread-priority.ts';
import { evaluateCandidate, type GateInput } from '../../../operators/gate/gate.ts';
import { Learner } from '../../../operators/learn/learner.ts';
import type { HeadDraft } from '../../../operators/learn/strategy.ts';

const engineModule = new URL('./fake-engine-module.ts', import.meta.url);
const crop = new Uint8Array(160 * 160 * 3).fill(7);
const open: Learner[] = [];

async function start(): Promise<Learner> {
  const learner = await Learner.start({ engineModule });
  open.push(learner);
  return learner;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((learner) => learner.close()));
});

function randomValues(length: number, random: () => number): Float32Array {
  return Float32Array.from({ length }, () => random() - 0.5);
}

function randomHead(classes: number, seed: number): HeadDraft {
  const random = seededRandom(seed);
  const layer = (length: number) => ({
    ...{ weights: randomValues(classes * length, random), bias: randomValues(classes, random) },
    length,
  });
  return {
    strategy: 'test',
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
    objectness: { weights: randomValues(denseLatentLength, random), bias: 1 },
    dense: layer(denseLatentLength),
    crop: layer(cropEmbeddingLength),
    activation: 'clip',
    thresholds: new Float32Array(classes).fill(0.5),
  };
}

function randomInput(classes: number, samples: number): GateInput {
  const random = seededRandom(1);
  return {
    candidate: randomHead(classes, 2),
    active: randomHead(classes, 3),
    best: new Map([['class 1', randomHead(classes, 4)]]),
    heldOut: Array.from({ length: samples }, (_, i) => ({
      label: i % 5 === 0 ? null : `class ${i % classes}`,
      embedding: randomValues(cropEmbeddingLength, random),
      dense: randomValues(denseLatentLength, random),
      source: 'yard',
    })),
  };
}

describe('evaluation in the learner', () => {
  it('gives the verdict of the gate, and serves crops meanwhile', async () => {
    const learner = await start();
    const input = randomInput(100, 300);
    const order: string[] = [];
    const evaluated = learner.evaluate(input).finally(() => order.push('verdict'));
    await learner.embedCrops(crop, new Float32Array(2), 1).finally(() => order.push('crop'));
    expect(await evaluated).toEqual(evaluateCandidate(input));
    expect(order).toEqual(['crop', 'verdict']);
  });

  it('stops when it is aborted', async () => {
    const learner = await start();
    const controller = new AbortController();
    const evaluated = learner.evaluate(randomInput(100, 300), controller.signal);
    controller.abort(new Error('enough'));
    await expect(evaluated).rejects.toThrow('enough');
    await expect(learner.evaluate(randomInput(4, 10))).resolves.toBeDefined();
  });

  it('costs the thread that asks next to nothing with 400 classes and 400 samples', async () => {
    const learner = await start();
    const input = randomInput(400, 400);
    // The vectors are shared once; a later candidate is new.
    await learner.evaluate(input);
    const candidate = randomHead(400, 5);
    const beforeMs = threadCpuMs();
    await learner.evaluate({ ...input, candidate });
    const afterMs = threadCpuMs();
    if (beforeMs === null || afterMs === null) return;
    // On the thread itself it takes 500 ms.
    expect(afterMs - beforeMs).toBeLessThan(100);
  });
});
