import { beforeEach, describe, expect, it } from 'vitest';
import { denseLatentLength } from '../../../../operators/detect/engines/engine.ts';
import { packFloat16 } from '../../../../operators/foundation/numbers/float16.ts';
import type { Sample } from '../../../../operators/remember/sample.ts';
import { makeSample } from '../../../operators/remember/make-sample.ts';
import { draft } from '../../../operators/swap/sample-head.ts';
import { settle } from '../scripted-camera.ts';
import { LearningRig } from './learning-rig.ts';

let rig: LearningRig;
beforeEach(async () => {
  rig = await LearningRig.open();
});

const author = { by: 'person', atMs: 5_000_000 };

/** A sample that the heads of this file take for class `row` of theirs. */
function seenAs(id: string, row: number): Sample {
  const dense = new Float32Array(denseLatentLength);
  dense[row] = 0.9;
  const place = { trackId: Number(id.slice(1)), camera: id, embeddings: new Uint16Array(0) };
  return makeSample(id, { ...place, dense: packFloat16(dense) });
}

function label(sample: Sample, name: string): void {
  rig.do((labels) => labels.label({ samples: [sample] }, { kind: 'class', class: name }, author));
}

/** Swaps in the first head, which knows cone, and then one that takes nothing for it. */
async function swapInRegression(): Promise<void> {
  await rig.learnCones('a', 'b', 0);
  // A run whose first swap is the one that regresses: it is compared with the head before that.
  rig = await LearningRig.open(rig.store);
  for (const id of ['c', 'd']) rig.name(id, 'bollard');
  await rig.advanceTo(2000);
  const worse = draft(['cone', 'bollard']);
  worse.dense.weights.fill(0);
  await rig.learner.answer({ ...worse, dense: { ...worse.dense } });
  expect(rig.heads.active.version).toBe(2);
}

describe('a candidate', () => {
  it('is compared with the active head, on what is held out, in the learner’s thread', async () => {
    rig.reopen({ heldOutShare: 0.5 });
    await rig.learnCones('a', 'h', 0);
    await rig.advanceTo(1000);
    await rig.learner.answer();
    const [input] = rig.learner.judged;
    expect(input?.active.classes).toEqual([]);
    expect(input?.heldOut.map(({ label: name, source }) => [name, source])).toEqual([
      ['cone', 'h'],
    ]);
    expect(input?.withdrawn).toEqual([]);
  });

  it('may lack a class whose last label was taken back', async () => {
    await rig.learnCones('a', 'b', 0);
    for (const id of ['a', 'b']) rig.name(id, null);
    await rig.advanceTo(3000);
    await rig.learner.answer(draft([]));
    expect(rig.learner.judged.at(-1)?.withdrawn).toEqual(['cone']);
    expect(rig.heads.active).toMatchObject({ version: 2, classes: [] });
  });

  it('may not lack one that is still wanted', async () => {
    await rig.learnCones('a', 'b', 0);
    rig.name('c', 'bollard');
    await rig.advanceTo(3000);
    await rig.learner.answer(draft(['bollard']));
    expect(rig.heads.active.version).toBe(1);
    expect(rig.messages.at(-1)?.detail).toMatch(/cone/);
  });

  it('without a removed class is taken whatever the gate says of the others', async () => {
    await rig.learnCones('a', 'b', 0);
    for (const id of ['c', 'd']) rig.name(id, 'bollard');
    await rig.advanceTo(2000);
    await rig.learner.answer(draft(['cone', 'bollard']));
    rig.do((labels) => labels.remove('bollard', author));
    await rig.advanceTo(5000);
    // It lacks both.
    await rig.learner.answer(draft([]));
    expect(rig.heads.active).toMatchObject({ version: 3, classes: [] });
  });

  it('is compared with the best head of each class, also after a restart', async () => {
    await rig.learnCones('a', 'b', 0);
    const next = await LearningRig.open(rig.store);
    await next.learnCones('c', 'd', 2000);
    expect([...next.learner.judged[0]!.best!.keys()]).toEqual(['cone']);
  });
});

describe('labels of live samples', () => {
  it('that show a regression bring the head before back, with its reason', async () => {
    await swapInRegression();
    for (let i = 0; i < 60 && rig.heads.active.version === 2; i++) {
      label(seenAs(`s${i}`, 0), 'cone');
      await rig.advanceTo(2000);
      await settle();
    }
    await expect.poll(() => rig.events()).toContain('rolled-back');
    expect(rig.heads.active.version).toBe(1);
    const { fact, by } = [...rig.journal.entries].find((entry) => entry.fact.type === 'rollback')!;
    expect(by).toBe('program');
    expect(fact).toMatchObject({ from: 2, to: 1, reason: expect.stringContaining('cone') });
    const message = rig.messages.find(({ event }) => event === 'rolled-back');
    expect(message).toMatchObject({ headVersion: 1, detail: expect.stringContaining('cone') });
  });

  it('are not those of samples whose class is renamed', async () => {
    for (let i = 0; i < 10; i++) label(seenAs(`s${i}`, 0), 'cone');
    await swapInRegression();
    rig.do((labels) => labels.rename('cone', 'pylon', author));
    await rig.advanceTo(2000);
    expect(rig.events()).not.toContain('rolled-back');
    expect(rig.heads.active.version).toBe(2);
  });

  it('that confirm the active head change nothing', async () => {
    await rig.learnCones('a', 'b', 0);
    for (const id of ['c', 'd']) rig.name(id, 'bollard');
    await rig.advanceTo(2000);
    await rig.learner.answer(draft(['cone', 'bollard']));
    for (let i = 0; i < 30; i++) label(seenAs(`s${i}`, 0), 'cone');
    await rig.advanceTo(2000);
    expect(rig.heads.active.version).toBe(2);
  });
});
