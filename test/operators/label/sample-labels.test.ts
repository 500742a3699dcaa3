import { beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { HeldOutSplit } from '../../../operators/label/held-out-split.ts';
import { Journal } from '../../../operators/label/journal/journal.ts';
import { splitOfJournal } from '../../../operators/label/journal/split-of-journal.ts';
import type { LabelEvent } from '../../../operators/label/label-event.ts';
import { SampleLabels } from '../../../operators/label/sample-labels.ts';
import { createMemory } from '../../../operators/remember/create-memory.ts';
import { makeSample } from '../remember/make-sample.ts';

let memory: ReturnType<typeof createMemory>;
let labels: SampleLabels;
let failing: boolean;

beforeEach(() => {
  memory = createMemory('reservoir', 2 ** 22, seededRandom(1));
  failing = false;
  labels = open();
});

function open(options: { share?: number; classesMax?: number; journal?: Journal } = {}) {
  const { share = 0, journal = new Journal(), ...others } = options;
  const commit = (): Promise<void> =>
    failing ? Promise.reject(new Error('disk full')) : Promise.resolve();
  const split = splitOfJournal(journal, share);
  return new SampleLabels({ memory, split, journal, commit, ...others });
}

const author = { by: 'person', atMs: 1 };
const sampleOf = (id: string, trackId = 1) =>
  memory.get(id) ?? makeSample(id, { camera: `of ${trackId}`, trackId });
const label = (id: string, name: string, trackId = Number(id.slice(1))): Promise<LabelEvent> =>
  labels.label({ samples: [sampleOf(id, trackId)] }, { kind: 'class', class: name }, author);
const notA = (id: string, name: string): Promise<LabelEvent> =>
  labels.label({ samples: [sampleOf(id)] }, { kind: 'notA', class: name }, author);
const nameOf = (id: string): string | null | undefined => memory.get(id)?.label?.class;
const refused = (code: string) => expect.objectContaining({ name: 'LabelError', code }) as Error;

describe('a class', () => {
  it('is renamed with all its samples, and back by an undo', async () => {
    await label('s1', 'cone');
    const event = await labels.rename('cone', ' Traffic  cone ', author);
    expect(event.classes).toEqual([{ class: 'k1', before: 'cone', after: 'Traffic cone' }]);
    expect(nameOf('s1')).toBe('Traffic cone');
    expect(await labels.undo(undefined, author)).toMatchObject({ labelId: event.labelId });
    expect(nameOf('s1')).toBe('cone');
  });

  it('goes on under its new name with the objects that were held out', async () => {
    labels = open({ share: 0.5 });
    await label('s1', 'cone');
    await labels.rename('cone', 'pylon', author);
    await label('s2', 'pylon');
    expect([memory.get('s1')?.heldOut, memory.get('s2')?.heldOut]).toEqual([false, true]);
  });

  it('has a name that differs from all others in more than case and form', async () => {
    await label('s1', 'Café');
    await label('s2', 'cafe\u0301');
    expect(nameOf('s2')).toBe('Café');
    expect(labels.journal.classes.present).toHaveLength(1);
    await label('s3', 'vase');
    await expect(labels.rename('vase', 'CAFÉ', author)).rejects.toEqual(refused('class-exists'));
    // Its own name in another case is free.
    await labels.rename('vase', 'Vase', author);
    expect(nameOf('s3')).toBe('Vase');
  });

  it.each(['', ' ', 'a\nb', 'x'.repeat(65), 'a\u200eb'])('cannot be called %j', async (name) => {
    await expect(label('s1', name)).rejects.toEqual(refused('bad-class-name'));
    await label('s1', 'cone');
    await expect(labels.rename('cone', name, author)).rejects.toEqual(refused('bad-class-name'));
  });

  it('can have signs in its name', async () => {
    await label('s1', "cup (& saucer's)");
    expect(nameOf('s1')).toBe("cup (& saucer's)");
  });

  it('is merged into another one, and apart again by an undo', async () => {
    await label('s1', 'cone');
    await label('s2', 'vase');
    await notA('s2', 'cone');
    const { labelId } = await labels.merge('cone', 'vase', author);
    expect([nameOf('s1'), memory.get('s2')]).toEqual([
      'vase',
      expect.objectContaining({ label: null, notA: ['vase'] }),
    ]);
    await expect(labels.merge('cone', 'vase', author)).rejects.toEqual(refused('unknown-class'));
    await expect(labels.merge('vase', 'VASE', author)).rejects.toEqual(refused('class-exists'));
    await labels.undo(labelId, author);
    expect([nameOf('s1'), nameOf('s2')]).toEqual(['cone', 'vase']);
  });

  it('does not get its name back by an undo while another class has it', async () => {
    await label('s1', 'cone');
    const renamed = await labels.rename('cone', 'pylon', author);
    await label('s2', 'Cone');
    await expect(labels.undo(renamed.labelId, author)).rejects.toEqual(refused('class-exists'));
    const merged = await labels.merge('pylon', 'Cone', author);
    await labels.rename('cone', 'Pylon', author);
    await expect(labels.undo(merged.labelId, author)).rejects.toEqual(refused('class-exists'));
    expect(nameOf('s1')).toBe('Pylon');
  });

  it('is removed with its samples, for good', async () => {
    const labelled = await label('s1', 'cone');
    const { labelId, changes } = await labels.remove('cone', author);
    expect(changes).toMatchObject([{ before: { id: 's1' }, after: null }]);
    expect(memory.get('s1')).toBeUndefined();
    for (const id of [labelId, labelled.labelId, undefined]) {
      await expect(labels.undo(id, author)).rejects.toEqual(refused('nothing-to-undo'));
    }
    await expect(labels.remove('cone', author)).rejects.toEqual(refused('unknown-class'));
    // The name is free for another class.
    await label('s2', 'cone');
    expect(labels.journal.factsOf('s2')?.name?.class).not.toBe('k1');
  });

  it('that was merged into a removed one does not come back by an undo', async () => {
    await label('s1', 'cone');
    await label('s2', 'vase');
    const merged = await labels.merge('cone', 'vase', author);
    await labels.remove('vase', author);
    await expect(labels.undo(merged.labelId, author)).rejects.toEqual(refused('nothing-to-undo'));
    expect(memory.size).toBe(0);
  });

  it('is one of at most classesMax, of which those that nothing is called are none', async () => {
    labels = open({ classesMax: 2 });
    await label('s1', 'cone');
    await label('s2', 'vase');
    await expect(label('s3', 'post')).rejects.toEqual(refused('too-many-classes'));
    await expect(notA('s1', 'post')).rejects.toEqual(refused('too-many-classes'));
    await labels.undo(undefined, author);
    await label('s3', 'post');
    await expect(label('s2', 'vase')).rejects.toEqual(refused('too-many-classes'));
    await labels.merge('cone', 'post', author);
    await label('s2', 'vase');
    await labels.remove('post', author);
    await label('s4', 'chair');
    expect(labels.journal.classesInUse().size).toBe(2);
  });
});

describe('an object', () => {
  it('keeps its side over restarts, and the split goes on counting', async () => {
    labels = open({ share: 0.5 });
    const heldOut: (boolean | undefined)[] = [];
    for (let i = 1; i <= 8; i++) {
      await label(`s${i}`, 'cone', i);
      heldOut.push(memory.get(`s${i}`)?.heldOut);
      const entries = JSON.parse(JSON.stringify([...labels.journal.entries])) as never[];
      labels = open({ share: 0.5, journal: new Journal(entries) });
    }
    expect(heldOut).toEqual([false, true, false, true, false, true, false, true]);
    // Another sample of the same track is on the same side.
    await label('s12', 'cone', 2);
    expect(memory.get('s12')?.heldOut).toBe(true);
  });

  it('that a failed command was about counts for nothing', async () => {
    labels = open({ share: 0.5 });
    failing = true;
    for (let i = 1; i <= 3; i++) await expect(label(`s${i}`, 'cone', i)).rejects.toThrow();
    failing = false;
    await label('s4', 'cone', 4);
    await label('s5', 'cone', 5);
    expect([memory.get('s4')?.heldOut, memory.get('s5')?.heldOut]).toEqual([false, true]);
  });

  it('that turns out as one that is trained on is moved to training, also by a second try', async () => {
    labels = open({ share: 0.5 });
    const place = { camera: 'yard', embeddings: new Uint16Array(0) } as const;
    const at = (id: string, trackId: number, x: number) =>
      makeSample(id, { ...place, trackId, box: [x, 0, x + 10, 10], timestampMs: 1000 });
    const name = (sample: ReturnType<typeof makeSample>) =>
      labels.label({ samples: [sample] }, { kind: 'class', class: 'cone' }, author);
    await name(at('s1', 1, 0));
    await name(at('s2', 2, 6));
    expect([memory.get('s1')?.heldOut, memory.get('s2')?.heldOut]).toEqual([false, true]);
    // It overlaps both by more than half, so that all three are one object.
    failing = true;
    await expect(name(at('s3', 3, 3))).rejects.toThrow('disk full');
    failing = false;
    const { changes } = await name(at('s3', 3, 3));
    expect(changes.map(({ after }) => after?.id)).toEqual(['s3', 's2']);
    expect(memory.get('s2')?.heldOut).toBe(false);
  });
});

it('a split of its own decides where none is in the journal', async () => {
  const split = new HeldOutSplit(0.5);
  const own = new SampleLabels({ memory, split });
  for (const id of ['s1', 's2']) {
    const samples = [sampleOf(id, Number(id.slice(1)))];
    await own.label({ samples }, { kind: 'class', class: 'cone' }, author);
  }
  expect(memory.get('s2')?.heldOut).toBe(true);
});
