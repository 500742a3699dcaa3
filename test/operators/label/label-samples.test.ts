import { firstValueFrom, of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import type { SampleLookup, SampleSpot } from '../../../operators/label/find-samples.ts';
import { HeldOutSplit } from '../../../operators/label/held-out-split.ts';
import type {
  LabelCommand,
  LabelRequest,
  LabelTarget,
} from '../../../operators/label/label-command.ts';
import { LabelError } from '../../../operators/label/label-error.ts';
import type { LabelEvent } from '../../../operators/label/label-event.ts';
import { labelSamples } from '../../../operators/label/label-samples.ts';
import { SampleLabels } from '../../../operators/label/sample-labels.ts';
import { createMemory } from '../../../operators/remember/create-memory.ts';
import type { Label, Sample } from '../../../operators/remember/sample.ts';
import { makeSample } from '../remember/make-sample.ts';

let memory: ReturnType<typeof createMemory>;
let changes: [string, string | null, string | null][];
let clusters: [string, string | null][];
let spots: SampleSpot[];
let labels: SampleLabels;

const nameOf = (label: Label | null | undefined): string | null =>
  label == null ? null : label.kind === 'class' ? label.class : label.kind;
const stored = (): Record<string, string | null> =>
  Object.fromEntries([...memory.values()].map(({ id, label }) => [id, nameOf(label)]));

beforeEach(() => {
  memory = createMemory('reservoir', 2 ** 20, seededRandom(1));
  memory.insert(makeSample('a', { trackId: 1, clusterId: 'c1' }));
  memory.insert(makeSample('b', { trackId: 1, clusterId: 'old' }));
  memory.insert(makeSample('c', { trackId: 2, clusterId: 'c2' }));
  changes = [];
  clusters = [];
  spots = [];
  labels = new SampleLabels({ memory, split: new HeldOutSplit(0) });
});

const lookup = (): SampleLookup => ({
  memory,
  resolveCluster: (id) => (id === 'old' ? 'c1' : id),
  sampleAt: async (spot) => {
    spots.push(spot);
    return makeSample('box', { box: spot.box, camera: spot.camera, clusterId: 'b' });
  },
  boxOfTrack: (_, trackId) => {
    if (trackId === 9) return [1, 1, 5, 5];
    throw new LabelError('unknown-target', `track ${trackId} is not in sight`);
  },
});

/** Carries out one command; rejects with its error, and keeps what it changed. */
async function handle(command: LabelCommand, by = 'person'): Promise<LabelEvent> {
  const clock = { wallMs: () => 77 };
  const request = { command, by };
  const outcomes = of(request).pipe(labelSamples({ labels, lookup: lookup(), clock }));
  const outcome = await firstValueFrom(outcomes);
  expect(outcome.request).toBe(request);
  if ('error' in outcome) throw outcome.error as Error;
  const { event } = outcome;
  for (const { before, after } of event.changes) {
    changes.push([(after ?? before)!.id, nameOf(before?.label), nameOf(after?.label)]);
  }
  if (event.cluster !== null) clusters.push([event.cluster.id, nameOf(event.cluster.label)]);
  return event;
}

const label = (name: string, target: LabelTarget) =>
  handle({ command: 'label', class: name, target });

describe('a label', () => {
  it('is given to one sample, with its sender and time, and a trimmed name', async () => {
    expect(await label(' cone ', { sampleId: 'a' })).toMatchObject({
      labelId: 'l2',
      changes: [{ before: { id: 'a', label: null }, after: { id: 'a' } }],
      cluster: null,
    });
    expect(changes).toHaveLength(1);
    const given = { kind: 'class', class: 'cone', by: 'person', atMs: 77, labelId: 'l2' };
    expect(memory.get('a')?.label).toEqual(given);
    expect(changes).toEqual([['a', null, 'cone']]);
    expect(clusters).toEqual([]);
  });

  it('is given to all samples of a cluster, by any id that the cluster has had', async () => {
    expect(await label('cone', { clusterId: 'old' })).toHaveProperty('changes.length', 2);
    expect(stored()).toEqual({ a: 'cone', b: 'cone', c: null });
    expect(clusters).toEqual([['c1', 'cone']]);
  });

  it('is given to the samples of a track', async () => {
    expect(await label('cone', { trackId: 1, camera: 'door' })).toHaveProperty('changes.length', 2);
    expect(stored()).toEqual({ a: 'cone', b: 'cone', c: null });
  });

  it('takes a sample of a track without any, at its present box', async () => {
    await label('cone', { trackId: 9, camera: 'door' });
    expect(memory.get('box')).toMatchObject({ trackId: 9, box: [1, 1, 5, 5], camera: 'door' });
    expect(changes).toEqual([['box', null, 'cone']]);
  });

  it('marks the box of a track as the detector’s, and a given box as drawn', async () => {
    await label('cone', { trackId: 9, camera: 'door' });
    await label('cone', { box: [2, 2, 8, 8], camera: 'gate' });
    expect(spots.map(({ proposed }) => proposed)).toEqual([true, undefined]);
  });

  it('takes a sample of a drawn box', async () => {
    await label('cone', { box: [2, 2, 8, 8], camera: 'gate' });
    expect(memory.get('box')).toMatchObject({ box: [2, 2, 8, 8], camera: 'gate' });
  });

  it('can be a class that a sample is not of, or background', async () => {
    const target = { clusterId: 'c1' };
    await handle({ command: 'notA', class: 'cone', target });
    await handle({ command: 'dismiss', target: { sampleId: 'c' } }, 'program');
    expect(stored()).toEqual({ a: null, b: null, c: 'background' });
    expect([...memory.values()].map(({ notA }) => notA)).toEqual([['cone'], ['cone'], undefined]);
    expect(clusters).toEqual([['c1', null]]);
  });

  it('replaces another label, and reports the one before', async () => {
    await label('cone', { sampleId: 'a' });
    await label('bollard', { sampleId: 'a' });
    expect(changes.at(-1)).toEqual(['a', 'cone', 'bollard']);
  });

  it('holds a share of objects out, for good', async () => {
    memory.replace({ ...memory.get('c')!, camera: 'gate' });
    labels = new SampleLabels({ memory, split: new HeldOutSplit(0.5) });
    await label('cone', { sampleId: 'a' });
    await label('cone', { sampleId: 'c' });
    expect(memory.get('a')?.heldOut).toBe(false);
    expect(memory.get('c')?.heldOut).toBe(true);
    await handle({ command: 'dismiss', target: { sampleId: 'c' } });
    expect(memory.get('c')?.heldOut).toBe(true);
  });

  it.each([
    [{ sampleId: 'z' }, 'unknown-target', /sample z/],
    [{ clusterId: 'z' }, 'unknown-target', /cluster z/],
    [{ trackId: 5, camera: 'door' }, 'unknown-target', /track 5/],
  ])('of %j is an error that changes nothing', async (target, code, message) => {
    const failed = label('cone', target);
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(changes).toEqual([]);
    await expect(handle({ command: 'undo' })).rejects.toMatchObject({
      code: 'nothing-to-undo',
    });
  });
});

describe('an undo', () => {
  const undo = (labelId?: string) =>
    handle({ command: 'undo', ...(labelId === undefined ? {} : { labelId }) });

  it('restores the label before the newest one, then the one before that', async () => {
    await label('cone', { sampleId: 'a' });
    await label('bollard', { sampleId: 'a' });
    expect(await undo()).toMatchObject({ labelId: 'l4', changes: [{ after: { id: 'a' } }] });
    expect(stored()['a']).toBe('cone');
    expect(await undo()).toMatchObject({ labelId: 'l2' });
    expect(stored()['a']).toBe(null);
    expect(memory.get('a')?.heldOut).toBe(false);
    expect(changes.slice(2)).toEqual([
      ['a', 'bollard', 'cone'],
      ['a', 'cone', null],
    ]);
    await expect(undo()).rejects.toMatchObject({ code: 'nothing-to-undo' });
  });

  it('undoes the given label for its whole cluster, once', async () => {
    await label('cone', { clusterId: 'c1' });
    await label('bollard', { sampleId: 'c' });
    await undo('l2');
    expect(stored()).toEqual({ a: null, b: null, c: 'bollard' });
    expect(clusters).toEqual([
      ['c1', 'cone'],
      ['c1', null],
    ]);
    await expect(undo('l2')).rejects.toMatchObject({
      code: 'nothing-to-undo',
      message: expect.stringContaining('l2'),
    });
  });

  it('undoes what is left in memory, and reports what is gone', async () => {
    await label('cone', { clusterId: 'c1' });
    memory.remove('a');
    expect(await undo()).toMatchObject({ changes: { length: 1 }, gone: 1 });
    await label('cone', { clusterId: 'c1' });
    memory.remove('b');
    expect(await undo()).toMatchObject({ changes: { length: 0 }, gone: 1 });
  });

  it('of a drawn box leaves the sample without a label', async () => {
    await label('cone', { box: [2, 2, 8, 8], camera: 'gate' });
    await undo();
    expect((memory.get('box') as Sample).label).toBe(null);
  });
});

describe('the operator', () => {
  const scheduler = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  const undo: LabelRequest = { command: { command: 'undo' }, by: 'person' };
  const boxed: LabelRequest = {
    command: { command: 'label', class: 'cone', target: { camera: 'yard', box: [1, 1, 9, 9] } },
    by: 'person',
  };
  const clock = { wallMs: () => 0 };

  it('passes on the end, silence and errors of its source', () => {
    scheduler().run(({ hot, expectObservable }) => {
      const run = (marbles: string) =>
        hot<LabelRequest>(marbles).pipe(labelSamples({ labels, lookup: lookup(), clock }));
      expectObservable(run('-')).toBe('-');
      expectObservable(run('-|')).toBe('-|');
      expectObservable(run('-#')).toBe('-#');
    });
  });

  it('carries commands out side by side, and completes after the last outcome', async () => {
    const waiting: ((sample: Sample) => void)[] = [];
    const slow: SampleLookup = {
      ...lookup(),
      sampleAt: () => new Promise((resolve) => waiting.push(resolve)),
    };
    const got: string[] = [];
    of(boxed, undo)
      .pipe(labelSamples({ labels, lookup: slow, clock }))
      .subscribe({
        next: (outcome) => got.push('event' in outcome ? outcome.event.labelId : 'failed'),
        complete: () => got.push('complete'),
      });
    await expect.poll(() => got).toEqual(['failed']);
    waiting[0]?.(makeSample('box'));
    await expect.poll(() => got).toEqual(['failed', 'l2', 'complete']);
  });

  it('labels nothing more once it is unsubscribed', async () => {
    const waiting: ((sample: Sample) => void)[] = [];
    const slow: SampleLookup = {
      ...lookup(),
      sampleAt: () => new Promise((resolve) => waiting.push(resolve)),
    };
    const got: unknown[] = [];
    const subscription = of(boxed)
      .pipe(labelSamples({ labels, lookup: slow, clock }))
      .subscribe((outcome) => got.push(outcome));
    subscription.unsubscribe();
    waiting[0]?.(makeSample('box'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(got).toEqual([]);
    expect(memory.get('box')).toBeUndefined();
  });
});
