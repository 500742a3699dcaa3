import { beforeEach, describe, expect, it } from 'vitest';
import { packRecord } from '../../../../operators/foundation/files/packed-record.ts';
import { LearnedSet } from '../../../../operators/learn/learned-set.ts';
import { numberKey } from '../../../../pipeline/state/record-kinds.ts';
import { makeSample } from '../../../operators/remember/make-sample.ts';
import { InProcessLearner } from '../../application/learning/in-process-learner.ts';
import { LearningRig } from '../../application/learning/learning-rig.ts';
import { TestStore } from '../state-on-store.ts';

let store: TestStore;

/** A state with two heads, of cone and of cone and post, from four labels. */
beforeEach(async () => {
  store = new TestStore();
  const rig = await LearningRig.open(store, {}, new InProcessLearner());
  let timeMs = 0;
  for (const [a, b, name] of [
    ['s1', 's2', 'cone'],
    ['s3', 's4', 'post'],
  ] as const) {
    rig.name(a, name);
    rig.name(b, name);
    await rig.advanceTo((timeMs += 5000));
    await rig.settled();
  }
  expect(rig.heads.active.version).toBe(2);
  rig.memory.insert(makeSample('s5'));
  await rig.state.close();
});

/** Opens the damaged state, goes on learning, and returns the head that comes of it. */
async function goOn(): Promise<LearningRig<InProcessLearner>> {
  const rig = await LearningRig.open(store, {}, new InProcessLearner());
  rig.name('s8', 'bollard');
  rig.name('s9', 'bollard');
  await rig.advanceTo(20_000);
  await rig.settled();
  expect(rig.installed.length).toBeGreaterThan(0);
  expect(rig.events()).not.toContain('failed');
  return rig;
}

const whole = ['bollard', 'cone', 'post'];
const json = (value: unknown): string => JSON.stringify(value);
const learnerLike = packRecord({ sequence: 9, bytes: 1, learned: { entries: 3 } }, [
  Uint8Array.of(1),
]);
/** A record that can be decoded, with bytes that no learner takes. */
const otherBytes = packRecord(
  { sequence: 99, position: 1, strategy: 'tally', learned: new LearnedSet().contents, bytes: 2 },
  [Uint8Array.of(1, 2)],
);

describe('a state with a damaged record', () => {
  it.each([
    ['a label that is garbage', 'journal', numberKey(4), '{"position":4,"fact":{"type":"label"}}'],
    ['a label that is null', 'journal', numberKey(4), 'null'],
    ['a label at another position', 'journal', numberKey(4), json({ position: 9 })],
    ['an undo of nothing', 'journal', numberKey(4), json(entry(4, { type: 'undo', of: 77 }))],
    ['a sample', 'sample', 's5', 'no sample'],
    ['an older head', 'head', numberKey(1), '{}'],
    ['the active head', 'head', numberKey(2), 'x'],
    ['the learner', 'learner', '0', 'x'],
    ['the learner, of another shape', 'learner', '0', learnerLike],
    ['the learner, of bytes that it refuses', 'learner', '0', otherBytes],
    ['the counters', 'state', 'ids', '{"track":"many"}'],
    ['the counters, as a list', 'state', 'ids', '[]'],
    ['the facts of the gate', 'state', 'gate', '{"best":{"classes":{}}}'],
    ['the active version', 'state', 'active', '{"version":"two","newest":{}}'],
    ['the position of the journal', 'state', 'journal', '"far"'],
  ])('opens and goes on learning without %s', async (_, kind, key, content) => {
    await store.overwrite(kind, key, content);
    const rig = await goOn();
    expect(rig.memory.get('s1')?.label?.class ?? 'lost').toMatch(/cone|lost/);
    expect(rig.memory.get('s4')?.label?.class).toBe('post');
    expect([...rig.heads.active.classes].sort()).toEqual(whole);
    expect(rig.heads.active.version).toBeGreaterThanOrEqual(3);
  });

  it('learns anew where both copies of the learner are lost', async () => {
    for (const key of ['0', '1']) await store.overwrite('learner', key, 'x');
    const rig = await goOn();
    expect([...rig.heads.active.classes].sort()).toEqual(whole);
    const { entries } = rig.state.learner!.learned;
    expect(entries.map(([id]) => id).sort()).toEqual(['s1', 's2', 's3', 's4', 's8', 's9']);
  });

  it('learns what the older copy of the learner lacks', async () => {
    await store.lose('learner', '0');
    const rig = await LearningRig.open(store, {}, new InProcessLearner());
    await rig.advanceTo(5000);
    await rig.settled();
    const { entries } = rig.state.learner!.learned;
    expect(entries.map(([id]) => id).sort()).toEqual(['s1', 's2', 's3', 's4']);
    expect([...rig.heads.active.classes].sort()).toEqual(['cone', 'post']);
  });

  it('drafts the active head anew where it is lost, even with the same classes', async () => {
    const rig = await LearningRig.open(store, {}, new InProcessLearner());
    rig.name('s8', 'post');
    rig.name('s9', 'post');
    await rig.advanceTo(5000);
    await rig.settled();
    await rig.state.close();
    await store.lose('head', numberKey(3));
    const next = await LearningRig.open(store, {}, new InProcessLearner());
    await next.advanceTo(5000);
    await next.settled();
    expect(next.heads.active.version).toBe(4);
  });

  it('keeps the rollbacks of other models where the active head is lost', async () => {
    const sight = { detector: 'centernet', encoder: 'clip', embeddingLength: 16 };
    const active = { version: 9, newest: 9, rolledBack: true, others: [{ version: 1, sight }] };
    await store.overwrite('state', 'active', json(active));
    const { state } = await LearningRig.open(store, {}, new InProcessLearner());
    expect([state.activeLost, state.models.rollbacks.own]).toEqual([true, null]);
    expect(state.models.rollbacks.others).toEqual([{ version: 1, sight }]);
  });

  it('takes the names of classes whose entries are lost from the heads', async () => {
    for (const position of [1, 3]) await store.lose('journal', numberKey(position));
    const rig = await goOn();
    expect([...rig.heads.active.classes].sort()).toEqual(whole);
    expect(rig.memory.get('s1')?.label?.class).toBe('cone');
  });

  it('gives no number again where the record of numbers is lost', async () => {
    await store.lose('state', 'ids');
    const rig = await goOn();
    expect(rig.state.ids.used('sample')).toBeGreaterThan(5);
  });

  it('is learned anew by another strategy', async () => {
    const rig = await LearningRig.open(store, {}, new InProcessLearner('ncm'));
    await rig.advanceTo(5000);
    await rig.settled();
    expect(rig.state.learner).toMatchObject({ strategy: 'ncm' });
    expect([...rig.heads.active.classes].sort()).toEqual(['cone', 'post']);
  });
});

function entry(position: number, fact: object): object {
  return { position, atMs: 0, by: 'person', fact };
}
