import { describe, expect, it } from 'vitest';
import { LiveStatus } from '../../../pipeline/application/live-status.ts';
import { createMemory } from '../../../operators/remember/create-memory.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import { HeadHistory } from '../../../operators/swap/head-history.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import { makeSample } from '../../operators/remember/make-sample.ts';

/** Clusters that count how often they are asked, and of which some have merged. */
class CountedClusters {
  merged = 0;
  asked = 0;
  readonly aliases = new Map<string, string>();

  resolve(id: string): string {
    this.asked++;
    return this.aliases.get(id) ?? id;
  }
}

function create(samples: readonly Sample[] = []) {
  const memory = createMemory('reservoir', 2 ** 24, Math.random);
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

  it('are made only as far as they are asked for', () => {
    const { status, clusters } = create(Array.from({ length: 100 }, (_, i) => makeSample(`s${i}`)));
    let taken = 0;
    for (const _ of status.unlabelledSamples()) if (++taken === 10) break;
    expect(clusters.asked).toBe(110);
  });
});
