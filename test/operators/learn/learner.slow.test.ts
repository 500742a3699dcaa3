import { afterEach, describe, expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../../operators/detect/engines/engine.ts';
import { Learner, type LearnerOptions } from '../../../operators/learn/learner.ts';
import { changeOf, makeBackground, makeExamples } from './make-example.ts';
import { makeScene } from './make-scene.ts';

const engineModule = new URL('./fake-engine-module.ts', import.meta.url);
const crop = new Uint8Array(160 * 160 * 3).fill(7);
const open: Learner[] = [];

async function start(options: LearnerOptions = {}): Promise<Learner> {
  const learner = await Learner.start({ engineModule, ...options });
  open.push(learner);
  return learner;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((learner) => learner.close()));
});

describe('Learner', () => {
  it('embeds crops, examines scenes and learns in its thread', async () => {
    const learner = await start();
    expect(learner.reason).toBe('engine fake, 1 thread');
    const embedding = await learner.embedCrops(crop, Float32Array.of(-1, -2), 1);
    expect(embedding).toHaveLength(cropEmbeddingLength);
    expect([...embedding.subarray(0, 3)]).toEqual([7, -1, -2]);
    const evidence = await learner.examine(
      makeScene({ boxes: [{ box: [200, 120, 360, 240], label: 'cone' }] }),
    );
    expect(evidence.examples[0]!.label).toBe('cone');
    const replay = () => {
      throw new Error('ridge does not replay');
    };
    const update = await learner.update(
      changeOf({ added: evidence.examples, background: evidence.background, replay }),
    );
    expect(update.draft.classes).toEqual(['cone']);
    expect(update.draft.crop!.weights).toHaveLength(cropEmbeddingLength);
    expect(update.updateMs).toBeGreaterThan(0);
    expect(update.trainedOn).toHaveLength(64);
    if (process.platform === 'linux') expect(update.cpuMs).toBeGreaterThan(0);
  });

  it('refuses and counts crops and scenes beyond its limits, and serves the others', async () => {
    const learner = await start({ cropsMax: 2, scenesMax: 1 });
    const calls = await Promise.allSettled([
      ...[1, 2, 3, 4].map(() => learner.embedCrops(crop, new Float32Array(2), 1)),
      ...[1, 2].map(() => learner.examine(makeScene())),
    ]);
    expect(calls.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
      'rejected',
    ]);
    expect(calls[3]).toMatchObject({ reason: { name: 'LearnerError', code: 'busy' } });
    expect(learner.rejected).toBe(3);
    await expect(learner.embedCrops(crop, new Float32Array(2), 1)).resolves.toBeDefined();
  });

  it('aborts an update on request, which leaves it unchanged', async () => {
    const learner = await start();
    const added = makeExamples('a', 4, { crops: 1 });
    await learner.update(changeOf({ added: makeExamples('b', 1), background: makeBackground(9) }));
    const before = await learner.save();
    const controller = new AbortController();
    const update = learner.update(changeOf({ added }), controller.signal);
    controller.abort(new Error('undone meanwhile'));
    await expect(update).rejects.toThrow('undone meanwhile');
    expect(Buffer.compare(await learner.save(), before)).toBe(0);
  });

  it('passes its state on to another learner, and describes what is wrong with bad state', async () => {
    const learner = await start();
    await learner.update(changeOf({ added: makeExamples('a', 2) }));
    const saved = await learner.save();
    await learner.close();
    const next = await start();
    await next.restore(saved);
    const { draft } = await next.update(changeOf({ added: makeExamples('b', 2) }));
    expect(draft.classes).toEqual(['a', 'b']);
    await expect(next.restore(saved.slice(9))).rejects.toMatchObject({
      code: 'failed',
      message: 'Not a usable learner state: it is a file of another kind',
    });
  });

  it('posts the replayed examples if its strategy reads them', async () => {
    const learner = await start({ strategy: 'replay' });
    const added = makeExamples('a', 1);
    let read = 0;
    const replay = () => {
      read++;
      return added;
    };
    const update = learner.update(changeOf({ added, background: makeBackground(9), replay }));
    expect(read).toBe(1);
    expect((await update).draft).toMatchObject({ classes: ['a'], activation: 'softmax' });
  });

  it("runs a strategy of one's own, and posts it the replayed examples", async () => {
    const strategyModule = new URL('../../../examples/nearest-mean.ts', import.meta.url);
    const learner = await start({ strategyModule });
    expect(learner.strategy).toBe('nearest-mean');
    const added = makeExamples('a', 3, { crops: 1 });
    const { draft } = await learner.update(changeOf({ added, replay: () => added }));
    expect(draft).toMatchObject({ strategy: 'nearest-mean', classes: ['a'] });
    const other = await start();
    await expect(other.restore(await learner.save())).rejects.toThrow(
      'It is the state of strategy nearest-mean, not of tally',
    );
  });

  it('does not start with a module that exports no strategy', async () => {
    const strategyModule = new URL('./make-scene.ts', import.meta.url);
    const problem = `the strategy module ${strategyModule.href} exports no \`createStrategy\``;
    await expect(Learner.start({ engineModule, strategyModule })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(problem),
    });
  });

  it('rejects calls after it is closed, and can be closed twice', async () => {
    const learner = await start();
    const embedding = learner.embedCrops(crop, new Float32Array(2), 1);
    await learner.close();
    await expect(embedding).resolves.toBeDefined();
    await expect(learner.save()).rejects.toMatchObject({ code: 'closed' });
    await learner.close();
    await learner.exited;
  });

  it('does not start without an engine', async () => {
    await expect(Learner.start({ engineModule, engine: 'tfjs' })).rejects.toMatchObject({
      code: 'unavailable',
      message: 'no such engine here',
    });
  });

  it('loads every model before it is ready, so that no frame waits for one', async () => {
    await expect(Learner.start({ engineModule, engine: 'onnx' })).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the model for whole maps does not load',
    });
  });
});
