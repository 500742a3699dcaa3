import { beforeEach, describe, expect, it } from 'vitest';
import { createMemory } from '../../../operators/remember/create-memory.ts';
import type { Label, Sample } from '../../../operators/remember/sample.ts';
import { HeldOut } from '../../../operators/label/held-out-split.ts';
import { LabelDesk, LabelError, type LabelDeskParts } from '../../../operators/label/label-desk.ts';
import type { Command } from '../../../sinks/events.ts';
import { makeSample, seeded } from '../remember/make-sample.ts';

let memory: ReturnType<typeof createMemory>;
let changes: [string, string | null, string | null][];
let clusters: [string, string | null][];
let desk: LabelDesk;

const nameOf = (label: Label | null | undefined): string | null =>
  label == null ? null : label.kind === 'class' ? label.class : `${label.kind} ${label.class}`;
const labels = (): Record<string, string | null> =>
  Object.fromEntries([...memory.values()].map(({ id, label }) => [id, nameOf(label)]));

function open(parts: Partial<LabelDeskParts> = {}): LabelDesk {
  return new LabelDesk({
    memory,
    heldOut: new HeldOut(0),
    resolveCluster: (id) => (id === 'old' ? 'c1' : id),
    sampleBox: async ({ box, camera }) => makeSample('box', { box, camera, clusterId: 'b' }),
    boxOfTrack: (_, trackId) => {
      if (trackId === 9) return [1, 1, 5, 5];
      throw new LabelError('unknown-target', `track ${trackId} is not in sight`);
    },
    nowMs: () => 77,
    onChanged: (before, after) =>
      changes.push([after.id, nameOf(before?.label), nameOf(after.label)]),
    onClusterLabelled: (id, label) => clusters.push([id, nameOf(label)]),
    ...parts,
  });
}

beforeEach(() => {
  memory = createMemory('reservoir', 2 ** 20, seeded(1));
  memory.insert(makeSample('a', { trackId: 1, clusterId: 'c1' }));
  memory.insert(makeSample('b', { trackId: 1, clusterId: 'old' }));
  memory.insert(makeSample('c', { trackId: 2, clusterId: 'c2' }));
  changes = [];
  clusters = [];
  desk = open();
});

const label = (name: string, target: Extract<Command, { command: 'label' }>['target']) =>
  desk.handle({ command: 'label', class: name, target }, 'person');

describe('a label', () => {
  it('names one sample, says who and when, and trims the name', async () => {
    expect(await label(' cone ', { sampleId: 'a' })).toEqual({
      ...{ ok: true, labelId: 'l1', samples: 1 },
    });
    const given = { kind: 'class', class: 'cone', by: 'person', atMs: 77 };
    expect(memory.get('a')?.label).toEqual(given);
    expect(changes).toEqual([['a', null, 'cone']]);
    expect(clusters).toEqual([]);
  });

  it('names all samples of a cluster, by any name that the cluster had', async () => {
    expect(await label('cone', { clusterId: 'old' })).toMatchObject({ samples: 2 });
    expect(labels()).toEqual({ a: 'cone', b: 'cone', c: null });
    expect(clusters).toEqual([['c1', 'cone']]);
  });

  it('names the samples of a track', async () => {
    expect(await label('cone', { trackId: 1, camera: 'door' })).toMatchObject({ samples: 2 });
    expect(labels()).toEqual({ a: 'cone', b: 'cone', c: null });
  });

  it('takes a sample of a track that has none, where it is now', async () => {
    await label('cone', { trackId: 9, camera: 'door' });
    expect(memory.get('box')).toMatchObject({ trackId: 9, box: [1, 1, 5, 5], camera: 'door' });
    expect(changes).toEqual([['box', null, 'cone']]);
  });

  it('tells a box that somebody drew from the detector’s own', async () => {
    const origins: (boolean | undefined)[] = [];
    desk = open({
      sampleBox: async ({ box, camera, proposed }) => {
        origins.push(proposed);
        return makeSample('box', { box, camera });
      },
    });
    await label('cone', { trackId: 9, camera: 'door' });
    await label('cone', { box: [2, 2, 8, 8], camera: 'gate' });
    expect(origins).toEqual([true, undefined]);
  });

  it('takes a sample of a box that was drawn', async () => {
    await label('cone', { box: [2, 2, 8, 8], camera: 'gate' });
    expect(memory.get('box')).toMatchObject({ box: [2, 2, 8, 8], camera: 'gate' });
  });

  it('may say what something is not, or that it is nothing', async () => {
    const target = { clusterId: 'c1' };
    await desk.handle({ command: 'notA', class: 'cone', target }, 'person');
    await desk.handle({ command: 'dismiss', target: { sampleId: 'c' } }, 'program');
    expect(labels()).toEqual({ a: 'notA cone', b: 'notA cone', c: 'background null' });
    expect(clusters).toEqual([['c1', 'notA cone']]);
  });

  it('takes another’s place, and tells what was there before', async () => {
    await label('cone', { sampleId: 'a' });
    await label('bollard', { sampleId: 'a' });
    expect(changes.at(-1)).toEqual(['a', 'cone', 'bollard']);
  });

  it('holds its share of objects out, dismissals as a class of their own', async () => {
    desk = open({ heldOut: new HeldOut(0.5) });
    await label('cone', { sampleId: 'a' });
    await label('cone', { sampleId: 'c' });
    expect(memory.get('a')?.heldOut).toBe(false);
    expect(memory.get('c')?.heldOut).toBe(true);
    await desk.handle({ command: 'dismiss', target: { sampleId: 'c' } }, 'person');
    expect(memory.get('c')?.heldOut).toBe(false);
  });

  it.each([
    [{ sampleId: 'z' }, 'unknown-target', /sample z/],
    [{ clusterId: 'z' }, 'unknown-target', /cluster z/],
    [{ trackId: 5, camera: 'door' }, 'unknown-target', /track 5/],
  ])('of %j is an error that changes nothing', async (target, code, message) => {
    const failed = label('cone', target);
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(changes).toEqual([]);
    await expect(desk.handle({ command: 'undo' }, 'person')).rejects.toMatchObject({
      code: 'nothing-to-undo',
    });
  });
});

describe('an undo', () => {
  const undo = (labelId?: string) =>
    desk.handle({ command: 'undo', ...(labelId === undefined ? {} : { labelId }) }, 'person');

  it('takes the newest label back, then the one before', async () => {
    await label('cone', { sampleId: 'a' });
    await label('bollard', { sampleId: 'a' });
    expect(await undo()).toEqual({ ok: true, labelId: 'l2', samples: 1 });
    expect(labels()['a']).toBe('cone');
    expect(await undo()).toMatchObject({ labelId: 'l1' });
    expect(labels()['a']).toBe(null);
    expect(memory.get('a')?.heldOut).toBe(false);
    expect(changes.slice(2)).toEqual([
      ['a', 'bollard', 'cone'],
      ['a', 'cone', null],
    ]);
    await expect(undo()).rejects.toMatchObject({ code: 'nothing-to-undo' });
  });

  it('takes back the label that is meant, its whole cluster, once', async () => {
    await label('cone', { clusterId: 'c1' });
    await label('bollard', { sampleId: 'c' });
    await undo('l1');
    expect(labels()).toEqual({ a: null, b: null, c: 'bollard' });
    expect(clusters).toEqual([
      ['c1', 'cone'],
      ['c1', null],
    ]);
    await expect(undo('l1')).rejects.toMatchObject({
      code: 'nothing-to-undo',
      message: expect.stringContaining('l1'),
    });
  });

  it('takes back what is left, and says so where nothing is', async () => {
    await label('cone', { clusterId: 'c1' });
    memory.remove('a');
    expect(await undo()).toMatchObject({ samples: 1 });
    await label('cone', { clusterId: 'c1' });
    memory.remove('b');
    await expect(undo()).rejects.toMatchObject({ code: 'sample-gone' });
  });

  it('goes back a thousand labels and no further', async () => {
    for (let i = 0; i < 1001; i++) await label(`n${i}`, { sampleId: 'a' });
    await expect(undo('l1')).rejects.toMatchObject({ code: 'nothing-to-undo' });
    expect(await undo('l2')).toMatchObject({ labelId: 'l2' });
  });

  it('of a box leaves the sample without a name', async () => {
    await label('cone', { box: [2, 2, 8, 8], camera: 'gate' });
    await undo();
    expect((memory.get('box') as Sample).label).toBe(null);
  });
});
