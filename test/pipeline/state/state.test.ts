import { beforeEach, describe, expect, it } from 'vitest';
import { splitOfJournal } from '../../../operators/label/journal/split-of-journal.ts';
import type { LabelEvent } from '../../../operators/label/label-event.ts';
import { SampleLabels } from '../../../operators/label/sample-labels.ts';
import { LearnedSet } from '../../../operators/learn/learned-set.ts';
import { commandFailure } from '../../../pipeline/application/commands/command-failure.ts';
import type { State } from '../../../pipeline/state/state.ts';
import { makeSample } from '../../operators/remember/make-sample.ts';
import { draft } from '../../operators/swap/sample-head.ts';
import { openStateOn, TestStore } from './state-on-store.ts';

let store: TestStore;
let state: State;
let labels: SampleLabels;

/** Opens the state again, as the next run does. */
async function open(options: Parameters<typeof openStateOn>[1] = {}): Promise<void> {
  state = await openStateOn(store, options);
  labels = new SampleLabels({
    ...{ memory: state.memory, split: splitOfJournal(state.journal, 0), journal: state.journal },
    commit: (entries, samples) => state.commitEntries(entries, samples),
  });
}

beforeEach(async () => {
  store = new TestStore();
  await open();
});

const author = { by: 'person', atMs: 3 };
const sample = (id: string) => makeSample(id, { camera: id, trackId: Number(id.slice(1)) });
const label = (id: string, name: string): Promise<LabelEvent> => {
  const samples = [state.memory.get(id) ?? sample(id)];
  return labels.label({ samples }, { kind: 'class', class: name }, author);
};
const storedIds = async (): Promise<string[]> => (await store.list('sample')).map(({ key }) => key);

/** Saves an update after which the learner knows these samples, with a new head. */
async function update(
  learned: readonly (readonly [string, string])[],
  classIds: readonly string[],
): Promise<void> {
  const names = classIds.map((id) => state.journal.classes.nameOf(id)!);
  const head = state.heads.number({ ...draft(names), classIds });
  const { parent } = state.heads.accept(head);
  const bundle = { head, parent, verdict: null, trainedOn: 'hash', createdMs: 1 };
  const fact = { type: 'learned', added: 1, removed: 0, background: 0, trainedOn: 'hash' } as const;
  await labels.record(fact, author, (entry) =>
    state.commitUpdate(entry, {
      learner: Uint8Array.of(state.journal.position),
      strategy: 'tally',
      learned: new LearnedSet({ entries: learned, sealed: [] }),
      learning: null,
      background: null,
      bundle,
      gate: {},
    }),
  );
}

describe('a label', () => {
  it('is durable before the next flush, with its sample', async () => {
    await label('s1', 'cone');
    await open();
    expect(state.memory.get('s1')?.label).toMatchObject({ class: 'cone', labelId: 'l2', atMs: 3 });
  });

  it('that cannot be stored changes nothing, and is answered so', async () => {
    await label('s1', 'cone');
    store.failing = true;
    const failure: unknown = await label('s1', 'vase').catch((error: unknown) => error);
    expect(commandFailure(failure)).toEqual({
      ...{ ok: false, code: 'not-saved' },
      message: expect.stringMatching(/^nothing was changed: .*the disk is full$/),
    });
    await expect(label('s2', 'vase')).rejects.toThrow();
    expect(state.journal.position).toBe(2);
    expect(state.journal.classes.present.map(({ name }) => name)).toEqual(['cone']);
    expect(state.memory.get('s1')?.label?.class).toBe('cone');
    expect(state.memory.get('s2')).toBeUndefined();
    store.failing = false;
    expect(await label('s2', 'vase')).toMatchObject({ labelId: 'l4' });
  });

  it('of an earlier run can be taken back, and no id is given twice', async () => {
    await label('s1', 'cone');
    await label('s1', 'vase');
    await open();
    expect(await labels.undo('l4', author)).toMatchObject({ labelId: 'l4' });
    expect(state.memory.get('s1')?.label?.class).toBe('cone');
    await open();
    expect(state.memory.get('s1')?.label?.class).toBe('cone');
    expect(await label('s1', 'vase')).toMatchObject({ labelId: 'l6' });
  });

  it('that a class is not, and a dismissal, outlast the run as well', async () => {
    await label('s1', 'vase');
    const about = { samples: [state.memory.get('s1')!] };
    await labels.label(about, { kind: 'notA', class: 'cone' }, author);
    await labels.label({ samples: [sample('s2')] }, { kind: 'background' }, author);
    await open();
    expect(state.memory.get('s1')).toMatchObject({ label: { class: 'vase' }, notA: ['cone'] });
    expect(state.memory.get('s2')?.label?.kind).toBe('background');
  });
});

describe('samples', () => {
  it('are stored by a flush, in one commit; a failed one is tried again', async () => {
    for (const id of ['s1', 's2']) state.memory.insert(sample(id));
    store.failing = true;
    await expect(state.flush()).rejects.toThrow('the disk is full');
    state.memory.remove('s2');
    store.failing = false;
    await state.flush();
    expect(await storedIds()).toEqual(['s1']);
    const commits = store.committed.length;
    await state.flush();
    expect(store.committed).toHaveLength(commits);
    state.memory.remove('s1');
    await state.flush();
    expect(await storedIds()).toEqual([]);
  });

  it('keep their random keys, which decide their eviction', async () => {
    for (const id of ['s1', 's2']) state.memory.insert(sample(id));
    await label('s3', 'cone');
    const keys = (): unknown[] => ['s1', 's2', 's3'].map((id) => state.memory.keyOf(id));
    const before = keys();
    await state.close();
    await open();
    expect(keys()).toEqual(before);
  });

  it('are evicted to fit a smaller cap, in the store too', async () => {
    for (let i = 0; i < 40; i++) state.memory.insert(sample(`s${i}`));
    await state.close();
    await open({ bytesMax: state.memory.bytes / 2 });
    expect(state.memory.size).toBeLessThan(30);
    await state.flush();
    expect(await storedIds()).toHaveLength(state.memory.size);
  });
});

describe('an update', () => {
  it('is one commit: head, learner, what it has learned, and its entry', async () => {
    await label('s1', 'cone');
    await update([['s1', 'k1']], ['k1']);
    const kinds = new Set(
      store.committed.at(-1)!.map((each) => ('put' in each ? each.put.kind : 'remove')),
    );
    expect(kinds).toEqual(new Set(['journal', 'state', 'learner', 'head']));
    await open();
    expect(state.heads.active).toMatchObject({ version: 1, classes: ['cone'], classIds: ['k1'] });
    expect(state.learner).toMatchObject({ sequence: 1, position: 3, strategy: 'tally' });
    expect(state.learner?.learned.entries).toEqual([['s1', 'k1']]);
  });

  it('that cannot be stored leaves the store as it was, and the next one is whole', async () => {
    await label('s1', 'cone');
    await update([['s1', 'k1']], ['k1']);
    store.failing = true;
    await expect(update([], ['k1'])).rejects.toThrow();
    expect(state.learner?.sequence).toBe(1);
    store.failing = false;
    await update([], ['k1']);
    await open();
    expect(state.heads.versions).toEqual([0, 1, 3]);
    expect(state.heads.active.version).toBe(3);
    expect(state.learner?.sequence).toBe(2);
  });

  it('writes the learner in turn to two records', async () => {
    await label('s1', 'cone');
    for (let i = 0; i < 3; i++) await update([['s1', 'k1']], ['k1']);
    const copies = await store.list('learner');
    expect(copies.map(({ key }) => key)).toEqual(['0', '1']);
  });

  it('drops heads that are not held any more', async () => {
    await open({ keep: 2 });
    await label('s1', 'cone');
    for (let i = 0; i < 6; i++) await update([['s1', 'k1']], ['k1']);
    const stored = (await store.list('head')).map(({ key }) => Number(key));
    expect(stored).toEqual(state.heads.versions.filter((version) => version > 0));
  });
});

describe('a removed class', () => {
  const holding = async (text: string): Promise<string[]> => {
    const found: string[] = [];
    for (const kind of ['journal', 'sample', 'head', 'learner', 'background', 'state']) {
      for (const { key, bytes } of await store.list(kind)) {
        if (Buffer.from(bytes).includes(text)) found.push(`${kind} ${key}`);
      }
    }
    return found;
  };

  it('stays until neither learner nor head knows it; then it is in no record', async () => {
    let copiesRemoved = 0;
    const removeCopies = async (): Promise<void> => {
      copiesRemoved++;
    };
    await open({ removeCopies });
    for (const [id, name] of [
      ['s1', 'cone'],
      ['s2', 'vase'],
    ] as const)
      await label(id, name);
    await labels.rename('cone', 'Traffic pylon', author);
    await update(
      [
        ['s1', 'k1'],
        ['s2', 'k3'],
      ],
      ['k1', 'k3'],
    );
    await labels.remove('Traffic pylon', author);
    expect(state.memory.get('s1')).toBeUndefined();
    await state.flush();
    // Its vectors are needed to take it out of the learner, also in the next run.
    expect(await storedIds()).toEqual(['s1', 's2']);
    await open({ removeCopies });
    expect([...state.erasing.keys()]).toEqual(['s1']);
    expect(state.memory.get('s1')).toBeUndefined();
    expect(copiesRemoved).toBe(0);
    await update([['s2', 'k3']], ['k3']);
    expect(copiesRemoved).toBe(1);
    for (const name of ['cone', 'Traffic pylon']) expect(await holding(name)).toEqual([]);
    expect(await storedIds()).toEqual(['s2']);
    expect(state.heads.versions).toEqual([0, 2]);
    expect(state.erasing.size).toBe(0);
    await open();
    expect(state.journal.classes.present.map(({ name }) => name)).toEqual(['vase']);
  });

  it('that is removed and forgotten in one run leaves no sample behind', async () => {
    for (const [id, name] of [
      ['s1', 'cone'],
      ['s2', 'vase'],
    ] as const)
      await label(id, name);
    await update(
      [
        ['s1', 'k1'],
        ['s2', 'k3'],
      ],
      ['k1', 'k3'],
    );
    await labels.remove('cone', author);
    await update([['s2', 'k3']], ['k3']);
    expect(await storedIds()).toEqual(['s2']);
    expect(await holding('cone')).toEqual([]);
    // Another class of that name is a new one.
    await label('s9', 'cone');
    expect(state.journal.classes.named('cone')).toEqual(['k8']);
  });

  it('is in no reason of a rollback either', async () => {
    await label('s1', 'cone');
    await update([['s1', 'k1']], ['k1']);
    state.heads.rollback(0);
    const reason = 'cone: 1 of 9 labelled live samples, 8 by head 0';
    await labels.record({ type: 'rollback', from: 1, to: 0, reason }, author, (entry) =>
      state.commitActive(entry),
    );
    await labels.remove('cone', author);
    await update([], []);
    expect(await holding('cone')).toEqual([]);
  });

  it('leaves a sample that got another name before it was erased', async () => {
    await label('s1', 'cone');
    const shown = state.memory.get('s1')!;
    await labels.remove('cone', author);
    await labels.label({ samples: [shown] }, { kind: 'class', class: 'vase' }, author);
    await update([], []);
    expect(await storedIds()).toEqual(['s1']);
    await open();
    expect(state.memory.get('s1')?.label?.class).toBe('vase');
  });

  it('takes along those that were merged into it, and no others', async () => {
    for (const [id, name] of [
      ['s1', 'cone'],
      ['s2', 'vase'],
      ['s3', 'post'],
    ] as const) {
      await label(id, name);
    }
    await labels.merge('cone', 'vase', author);
    await labels.remove('vase', author);
    await expect(labels.undo(undefined, author)).resolves.toMatchObject({ labelId: 'l6' });
    await update([], []);
    expect([...(await holding('cone')), ...(await holding('vase'))]).toEqual([]);
    expect(await storedIds()).toEqual(['s3']);
  });
});
