import { beforeEach, describe, expect, it } from 'vitest';
import type { LabelledImage } from '../../../operators/datasets/dataset.ts';
import type { Update } from '../../../operators/learn/learner-messages.ts';
import { splitOfJournal } from '../../../operators/label/journal/split-of-journal.ts';
import { SampleLabels } from '../../../operators/label/sample-labels.ts';
import { exampleOf, sampleOf } from '../../../operators/learn/examples/example-of-sample.ts';
import { TaughtSet } from '../../../pipeline/batch/taught-set.ts';
import type { State } from '../../../pipeline/state/state.ts';
import { changeOf, makeExample } from '../../operators/learn/make-example.ts';
import { classLabel, makeSample } from '../../operators/remember/make-sample.ts';
import { InProcessLearner } from '../application/learning/in-process-learner.ts';
import { openStateOn, TestStore } from '../state/state-on-store.ts';

let store: TestStore;
let state: State;
beforeEach(async () => {
  store = new TestStore();
  state = await openStateOn(store);
});

const log = { warn: () => undefined };
const imagesOf = (...names: string[]): LabelledImage[] =>
  names.map((name) => ({ objects: [{ class: name }] }) as unknown as LabelledImage);

/** Teaches two samples of each class, as `lifelens teach` does; the gate is passed by. */
async function teach(names: readonly string[], { isRefused = false } = {}): Promise<void> {
  const learner = new InProcessLearner();
  const taught = await TaughtSet.begin(state, learner, imagesOf(...names), log);
  const collected = names.flatMap((name) =>
    [1, 2].map((n) => ({ id: `${taught.idPrefix}/${name}/${n}`, class: name, heldOut: n === 2 })),
  );
  const added = collected.flatMap(({ id, class: name, heldOut }) => {
    const facts = makeSample(id, { label: classLabel(name), heldOut });
    const sample = sampleOf(makeExample(id, name, { crops: 1 }), facts);
    state.memory.insert(sample);
    return heldOut ? [] : [exampleOf(sample, taught.classIdOf(name))];
  });
  const last: Update = await learner.update(changeOf({ added }));
  if (isRefused) return state.abandon();
  const draft = taught.named(last.draft);
  const { head, parent } = state.heads.accept(state.heads.number(draft));
  const bundle = { head, parent, verdict: null, trainedOn: last.trainedOn, createdMs: 1 };
  await taught.save(bundle, collected);
  await state.close();
}

describe('a labelled set', () => {
  it('is in the state as labels, with what the learner has learned of it', async () => {
    await teach(['cone', 'vase']);
    state = await openStateOn(store);
    expect(state.heads.active.classes).toEqual(['cone', 'vase']);
    const labels = [...state.memory.values()].map(({ label, heldOut }) => [label?.class, heldOut]);
    expect(labels).toEqual([
      ['cone', false],
      ['cone', true],
      ['vase', false],
      ['vase', true],
    ]);
    expect(state.learner?.learned.entries.map(([, label]) => label)).toEqual(['k1', 'k2']);
  });

  it('is added to what was there, under the same classes, whatever their case', async () => {
    await teach(['cone']);
    state = await openStateOn(store);
    await teach(['Cone', 'vase']);
    state = await openStateOn(store);
    expect(state.heads.active.classes).toEqual(['cone', 'vase']);
    expect(state.memory.size).toBe(6);
    expect(state.learner?.learned.entries).toHaveLength(3);
  });

  it('may leave out a class whose labels were taken back before', async () => {
    await teach(['cone', 'vase']);
    state = await openStateOn(store);
    const split = splitOfJournal(state.journal, 0);
    const { memory, journal } = state;
    const commit = state.commitEntries.bind(state);
    const labels = new SampleLabels({ memory, split, journal, commit });
    await labels.undo(undefined, { by: 'person', atMs: 1 });
    const learner = new InProcessLearner();
    const taught = await TaughtSet.begin(state, learner, imagesOf('post'), log);
    expect(taught.withdrawn(state.heads.active)).toEqual(['vase']);
  });

  it('can be taught again after a return to the first head', async () => {
    await teach(['cone']);
    state = await openStateOn(store);
    state.heads.rollback(0);
    const entry = {
      ...{ position: state.journal.position + 1, atMs: 0, by: 'person' },
      fact: { type: 'rollback', from: 1, to: 0 } as const,
    };
    await state.commitActive(entry);
    state.journal.append(entry);
    state = await openStateOn(store);
    expect(state.heads.active.version).toBe(0);
    await teach(['cone']);
    state = await openStateOn(store);
    expect(state.heads.active).toMatchObject({ version: 2, classes: ['cone'] });
    expect(new Set([...state.memory.values()].map(({ id }) => id)).size).toBe(4);
  });

  it('that is refused leaves the state as it was', async () => {
    await teach(['cone']);
    const kinds = ['journal', 'sample', 'head', 'learner', 'background'];
    const contents = () => Promise.all(kinds.map((kind) => store.list(kind)));
    const before = await contents();
    state = await openStateOn(store);
    await teach(['vase'], { isRefused: true });
    expect(await contents()).toEqual(before);
  });
});
