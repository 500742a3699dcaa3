import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../operators/detect/engines/engine.ts';
import { LearnerCore } from '../../../operators/learn/learner-core.ts';
import type { PostedChange } from '../../../operators/learn/learner-messages.ts';
import { fakeEngine } from './fake-engine.ts';
import { makeBackground, makeExample, makeExamples } from './make-example.ts';
import { makeScene } from './make-scene.ts';

const crop = new Uint8Array(160 * 160 * 3);
const changeOf = (change: Partial<PostedChange>): PostedChange => ({
  added: [],
  removed: [],
  moved: [],
  background: new Float32Array(0),
  backgroundWeight: 4,
  replay: [],
  ...change,
});

describe('LearnerCore', () => {
  it('embeds crops in the middle of an update', async () => {
    const core = new LearnerCore(fakeEngine(), 'ridge', 1);
    const log: string[] = [];
    const added = makeExamples('a', 12, { crops: 1 });
    const update = core.update(changeOf({ added })).then(() => log.push('update'));
    const crops = [1, 2, 3].map(async (i) => {
      await core.embedCrops(crop, Float32Array.of(0, 0), 1);
      log.push(`crops ${i}`);
    });
    await Promise.all([update, ...crops]);
    expect(log).toEqual(['crops 1', 'crops 2', 'crops 3', 'update']);
  });

  it('runs updates one after another, each on top of the previous one', async () => {
    const core = new LearnerCore(fakeEngine(), 'ridge', 1);
    const [first, second] = await Promise.all([
      core.update(changeOf({ added: makeExamples('a', 2), background: makeBackground(20) })),
      core.update(changeOf({ added: makeExamples('b', 2) })),
    ]);
    expect(first.draft.classes).toEqual(['a']);
    expect(second.draft.classes).toEqual(['a', 'b']);
  });

  it('reports a digest of the training data, equal only for equal changes', async () => {
    const hashes = async (...changes: readonly PostedChange[]) => {
      const core = new LearnerCore(fakeEngine(), 'ridge', 1);
      const all = [];
      for (const change of changes) all.push((await core.update(change)).trainedOn);
      return all;
    };
    const a = changeOf({ added: makeExamples('a', 1) });
    const b = changeOf({ added: makeExamples('b', 1) });
    const renamed = changeOf({ added: a.added.map((example) => ({ ...example, label: 'x' })) });
    const [first, second] = await hashes(a, b);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashes(a, b)).toEqual([first, second]);
    const others = [...(await hashes(b, a)), ...(await hashes(renamed))];
    expect(new Set([first, second, ...others]).size).toBe(5);
  });

  it('counts in it what an unlabelled object is none of, and the weight of background', async () => {
    const hashOf = async (change: Partial<PostedChange>) =>
      (await new LearnerCore(fakeEngine(), 'ridge', 1).update(changeOf(change))).trainedOn;
    const example = makeExample('x', null);
    const unlabelled = (...noneOf: string[]) => ({
      added: [...makeExamples('a', 1), { ...example, noneOf }],
    });
    const background = makeBackground(2);
    const all = [
      await hashOf({ added: [...makeExamples('a', 1), example] }),
      await hashOf(unlabelled()),
      await hashOf(unlabelled('a')),
      await hashOf(unlabelled('b')),
      await hashOf({ background, backgroundWeight: 4 }),
      await hashOf({ background, backgroundWeight: 5 }),
    ];
    expect(new Set(all).size).toBe(6);
  });

  it('computes the same evidence from a scene at any time', async () => {
    const scene = makeScene({ boxes: [{ box: [200, 120, 360, 240], label: 'cone' }] });
    const early = await new LearnerCore(fakeEngine(), 'ridge', 1).examine(scene);
    const core = new LearnerCore(fakeEngine(), 'ridge', 1);
    await core.examine(makeScene({ id: 'another' }));
    expect(await core.examine(scene)).toEqual(early);
    const other = await new LearnerCore(fakeEngine(), 'ridge', 2).examine(scene);
    expect(other.background).not.toEqual(early.background);
  });

  it('runs the backbone once for consecutive scenes of one picture, with the same evidence', async () => {
    const scenes = ['a/1', 'a/1', 'a/2', undefined, undefined, 'a/1'].map((picture, i) =>
      makeScene({
        id: `s${i}`,
        boxes: [{ box: [200, 120, 360, 240 + i], label: 'cone' }],
        ...(picture !== undefined && { picture }),
      }),
    );
    const engine = fakeEngine([{ column: 40, row: 30, heat: 0.9, half: 40 }]);
    let runs = 0;
    const dense: Engine['dense'] = (...view) => {
      runs++;
      return engine.dense(...view);
    };
    const core = new LearnerCore({ ...engine, dense }, 'ridge', 1);
    const together = await Promise.all(scenes.map((scene) => core.examine(scene)));
    expect(runs).toBe(5);
    for (const [i, scene] of scenes.entries()) {
      expect(await new LearnerCore(engine, 'ridge', 1).examine(scene)).toEqual(together[i]);
    }
  });

  it('embeds crops in the middle of a scene that nobody waits for, whose evidence is unaffected', async () => {
    const boxes = [{ box: [200, 120, 360, 240], label: 'cone' }] as const;
    const scene = makeScene({ boxes, proposed: true });
    const alone = await new LearnerCore(fakeEngine(), 'ridge', 1).examine(scene);
    const counts: number[] = [];
    const engine = fakeEngine();
    const core: LearnerCore = new LearnerCore(
      {
        ...engine,
        dense: (...view) => {
          void core.embedCrops(crop, Float32Array.of(0, 0), 1);
          return engine.dense(...view);
        },
        embedCrops: (crops, logSizes, count) => {
          counts.push(count);
          return engine.embedCrops(crops, logSizes, count);
        },
      },
      'ridge',
      1,
    );
    expect(await core.examine(scene)).toEqual(alone);
    expect(counts).toEqual([1, expect.any(Number)]);
    expect(counts[1]).toBeGreaterThan(1);
  });

  it('continues from a saved state, and rejects that of another strategy', async () => {
    const core = new LearnerCore(fakeEngine(), 'ridge', 1);
    const { trainedOn } = await core.update(changeOf({ added: makeExamples('a', 2) }));
    const saved = await core.save();
    const restored = new LearnerCore(fakeEngine(), 'ridge', 1);
    await restored.restore(saved);
    const next = changeOf({ added: makeExamples('b', 2) });
    const there = await restored.update(next);
    const here = await core.update(next);
    expect(there).toEqual(here);
    expect(there.trainedOn).not.toBe(trainedOn);
    const replay = new LearnerCore(fakeEngine(), 'replay', 1);
    await expect(replay.restore(saved)).rejects.toThrow('state of strategy ridge, not of replay');
  });

  it('closes its engine after the running update', async () => {
    let closed = false;
    const engine: Engine = {
      ...fakeEngine(),
      close: async () => {
        closed = true;
      },
    };
    const core = new LearnerCore(engine, 'ridge', 1);
    const order: string[] = [];
    const update = core.update(changeOf({ added: makeExamples('a', 2) })).then(() => {
      order.push(closed ? 'after close' : 'before close');
    });
    await core.close();
    await update;
    expect(order).toEqual(['before close']);
    expect(closed).toBe(true);
  });
});
