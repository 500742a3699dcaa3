import { describe, expect, it } from 'vitest';
import { Questions } from '../../../operators/discover/questions.ts';
import { LiveStatus } from '../../../pipeline/application/live-status.ts';
import { createMemory } from '../../../operators/remember/create-memory.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import { HeadHistory } from '../../../operators/swap/head-history.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import { makeSample } from '../../operators/remember/make-sample.ts';
import { openStateOn, TestStore } from '../state/state-on-store.ts';

/** Clusters that count how often they are asked, and of which some have merged. */
class CountedClusters {
  merged = 0;
  asked = 0;
  readonly questions = new Questions();
  readonly aliases = new Map<string, string>();
  grown: string[] = [];
  readonly facts = new Map<string, { sightings: number; uncertainty: number }>();

  takeGrown(): string[] {
    return this.grown.splice(0);
  }

  factsOf(id: string) {
    return this.facts.get(id) ?? null;
  }

  resolve(id: string): string {
    this.asked++;
    return this.aliases.get(id) ?? id;
  }
}

function create(
  samples: readonly Sample[] = [],
  memory = createMemory('reservoir', 2 ** 24, Math.random),
) {
  for (const sample of samples) memory.insert(sample);
  const clusters = new CountedClusters();
  const heads = new HeadHistory(emptyHead());
  const sight = { detector: '', encoder: '' };
  const fixed = { version: '1', engine: '', ...sight, strategy: '', baseClasses: [] };
  const status = new LiveStatus({ cameras: new Map(), memory, heads, clusters, fixed });
  return { memory, clusters, status };
}

describe('samples for a new client', () => {
  it('are those without a label, newest first, with the size of their cluster by now', () => {
    const label = { kind: 'class', class: 'cone', by: 'person', atMs: 1 } as const;
    const { status, clusters } = create([
      makeSample('s1', { clusterId: 'c1' }),
      makeSample('s2', { clusterId: 'c2', label }),
      makeSample('s3', { clusterId: 'c2' }),
      makeSample('s4', { clusterId: 'c3' }),
    ]);
    const seen = () =>
      [...status.unlabelledSamples()].map(({ sampleId, clusterId, clusterSize }) => [
        ...[sampleId, clusterId, clusterSize],
      ]);
    expect(seen()).toEqual([
      ['s4', 'c3', 1],
      ['s3', 'c2', 2],
      ['s1', 'c1', 1],
    ]);
    clusters.aliases.set('c3', 'c2');
    clusters.merged++;
    expect(seen()).toEqual([
      ['s4', 'c2', 3],
      ['s3', 'c2', 3],
      ['s1', 'c1', 1],
    ]);
  });

  it('count their clusters once, however many are waiting, and again after a change', () => {
    const count = 500;
    const samples = Array.from({ length: count }, (_, i) =>
      makeSample(`s${i}`, { clusterId: `c${i % 9}` }),
    );
    const { status, clusters, memory } = create(samples);
    const first = [...status.unlabelledSamples()];
    expect(first).toHaveLength(count);
    // One pass over all samples, and one question for each message.
    expect(clusters.asked).toBe(2 * count);
    memory.remove('s0');
    expect(status.sampleMessage(memory.get('s9')!).clusterSize).toBe(55);
    expect(status.sampleMessage(memory.get('s18')!).clusterSize).toBe(55);
    expect(clusters.asked).toBe(2 * count + count - 1 + 2);
  });

  it('come again, and stay as they are stored, where their question opens or is withdrawn', () => {
    const label = { kind: 'class', class: 'cone', by: 'person', atMs: 1 } as const;
    const facts = { camera: 'yard', trackId: 7, timestampMs: 2000, asked: false };
    const { status, clusters, memory } = create([
      makeSample('s1', facts),
      makeSample('s2', { ...facts, timestampMs: 999 }),
      makeSample('s3', { ...facts, label }),
      makeSample('s4', { ...facts, camera: 'gate' }),
    ]);
    const changed = () =>
      [...status.changedSamples()].map(({ sampleId, asked }) => [sampleId, asked]);
    const track = { camera: 'yard', trackId: 7, sinceMs: 1000 };
    clusters.questions.note({ ...track, asked: true });
    expect(changed()).toEqual([['s1', true]]);
    expect(changed()).toEqual([]);
    expect(memory.get('s1')?.asked).toBe(true);
    expect([...status.unlabelledSamples()].map(({ sampleId }) => sampleId)).toEqual([
      ...['s1', 's4', 's2'],
    ]);
    clusters.questions.note({ ...track, asked: false });
    expect(changed()).toEqual([['s1', false]]);
    expect(memory.get('s1')?.asked).toBe(false);
  });

  it('are settled by what became of their question while they were made', () => {
    const { status, clusters, memory } = create([
      makeSample('s1', { camera: 'yard', trackId: 7, timestampMs: 2000, asked: false }),
    ]);
    expect(status.settled(memory.get('s1')!)).toBe(memory.get('s1'));
    clusters.questions.note({ camera: 'yard', trackId: 7, sinceMs: 1000, asked: true });
    expect(status.sampleMessage(status.settled(memory.get('s1')!)).asked).toBe(true);
    expect(memory.get('s1')?.asked).toBe(true);
  });

  it('are asked about, or no longer, after a restart as before it', async () => {
    const store = new TestStore();
    const first = await openStateOn(store);
    const facts = { camera: 'yard', timestampMs: 2000 };
    const { status, clusters } = create(
      [
        makeSample('s1', { ...facts, trackId: 1, asked: false }),
        makeSample('s2', { ...facts, trackId: 2, asked: true }),
      ],
      first.memory,
    );
    await first.flush();
    clusters.questions.note({ camera: 'yard', trackId: 1, sinceMs: 1000, asked: true });
    clusters.questions.note({ camera: 'yard', trackId: 2, sinceMs: 1000, asked: false });
    expect([...status.changedSamples()]).toHaveLength(2);
    await first.close();
    const { memory } = await openStateOn(store);
    expect(['s1', 's2'].map((id) => memory.get(id)?.asked)).toEqual([true, false]);
    // Nothing is stored again for a label, which follows from the journal.
    const commits = store.committed.length;
    const last = await openStateOn(store);
    const label = { kind: 'class', class: 'cone', by: 'person', atMs: 1 } as const;
    last.memory.replace({ ...last.memory.get('s1')!, label });
    await last.flush();
    expect(store.committed.slice(commits).flat()).not.toContainEqual({
      put: expect.objectContaining({ kind: 'sample' }) as unknown,
    });
  });

  it('are settled where a label was taken back, and left alone where they have another', () => {
    const label = { kind: 'class', class: 'cone', by: 'person', atMs: 1 } as const;
    const facts = { camera: 'yard', trackId: 7, timestampMs: 2000, asked: false };
    const { status, clusters, memory } = create([
      makeSample('s1', facts),
      makeSample('s2', { ...facts, label }),
    ]);
    clusters.questions.note({ camera: 'yard', trackId: 7, sinceMs: 1000, asked: true });
    const takenBack = (id: string) => status.settled(makeSample(id, facts));
    expect(['s1', 's2', 's3'].map((id) => takenBack(id).asked)).toEqual([true, true, true]);
    expect(memory.get('s1')?.asked).toBe(true);
    expect(memory.get('s2')).toMatchObject({ label, asked: false });
    expect(memory.get('s3')).toBeUndefined();
  });

  it('keep a question open for as long as there is one to label', () => {
    const label = { kind: 'class', class: 'cone', by: 'person', atMs: 1 } as const;
    const { clusters, memory } = create([
      makeSample('s1', { clusterId: 'c1' }),
      makeSample('s2', { clusterId: 'c1' }),
      makeSample('s3', { clusterId: 'c2', asked: false }),
    ]);
    const open = () => ['c1', 'c2', 'c3'].filter((id) => clusters.questions.hasSamples?.(id));
    expect(open()).toEqual(['c1']);
    memory.replace(makeSample('s1', { clusterId: 'c1', label }));
    expect(open()).toEqual(['c1']);
    memory.remove('s2');
    expect(open()).toEqual([]);
  });

  it('come again, once, where their question took in another one', () => {
    const label = { kind: 'class', class: 'cone', by: 'person', atMs: 1 } as const;
    const { status, clusters } = create([
      makeSample('s1', { clusterId: 'c1' }),
      makeSample('s2', { clusterId: 'c2' }),
      makeSample('s3', { clusterId: 'c2', label }),
      makeSample('s4', { clusterId: 'c3' }),
    ]);
    expect([...status.changedSamples()]).toEqual([]);
    clusters.aliases.set('c2', 'c1');
    clusters.grown.push('c1');
    const joined = [...status.changedSamples()];
    expect(joined.map(({ sampleId, clusterId }) => [sampleId, clusterId])).toEqual([
      ['s1', 'c1'],
      ['s2', 'c1'],
    ]);
    expect([...status.changedSamples()]).toEqual([]);
  });

  it('tell what an answer would bring', () => {
    const { status, clusters, memory } = create([makeSample('s1', { clusterId: 'c1' })]);
    const worth = () => status.sampleMessage(memory.get('s1')!).worth;
    expect(worth()).toBe(0.5);
    clusters.facts.set('c1', { sightings: 3, uncertainty: 0.5 });
    expect(worth()).toBe(0.5);
    clusters.facts.set('c1', { sightings: 3, uncertainty: 1 });
    expect(worth()).toBe(1);
  });

  it('are made only as far as they are asked for', () => {
    const { status, clusters } = create(Array.from({ length: 100 }, (_, i) => makeSample(`s${i}`)));
    let taken = 0;
    for (const _ of status.unlabelledSamples()) if (++taken === 10) break;
    expect(clusters.asked).toBe(110);
  });
});
