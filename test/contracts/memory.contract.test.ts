import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../operators/foundation/numbers/seeded-random.ts';
import { cropEmbeddingLength } from '../../operators/detect/engines/engine.ts';
import type { MemoryChange } from '../../operators/remember/capped-memory.ts';
import { createMemory, memoryPolicies } from '../../operators/remember/create-memory.ts';
import {
  decodeSample,
  encodeSample,
  type StoredSample,
} from '../../operators/remember/sample-record.ts';
import { sampleBytes } from '../../operators/remember/sample-bytes.ts';
import type { Sample } from '../../operators/remember/sample.ts';
import { packedEmbedding, makeSample, classLabel } from '../operators/remember/make-sample.ts';

const oneSample = sampleBytes(makeSample('000'));

function randomSample(id: string, random: () => number): Sample {
  const roll = random();
  const label = roll < 0.5 ? null : classLabel(`class${Math.floor(random() * 4)}`);
  return makeSample(
    id,
    {
      clusterId: `cluster${Math.floor(random() * 5)}`,
      thumbnail: new Uint8Array(Math.floor(random() * 20_000)),
      embeddings:
        random() < 0.1 ? new Uint16Array(0) : packedEmbedding(random(), random(), random()),
      label,
      heldOut: label !== null && random() < 0.2,
    },
    Math.floor(random() * 25),
  );
}

describe.each(memoryPolicies)('%s memory', (policy) => {
  it('starts empty and costs nothing', () => {
    const memory = createMemory(policy, 1000, seededRandom(1));
    expect([memory.bytes, memory.size, memory.bytesMax, memory.policy]).toEqual([
      0,
      0,
      1000,
      policy,
    ]);
  });

  it('returns stored samples in insertion order', () => {
    const memory = createMemory(policy, 1e6, seededRandom(1));
    const samples = ['a', 'b', 'c'].map((id) => makeSample(id, { label: classLabel(id) }));
    for (const sample of samples) expect(memory.insert(sample)).toEqual([]);
    expect([...memory.values()]).toEqual(samples);
    expect(memory.get('b')).toEqual(samples[1]);
    expect(memory.get('x')).toBeUndefined();
  });

  it.each([1, 2, 3, 4])(
    'never exceeds its cap over random insertions and removals (seed %d)',
    (seed) => {
      const random = seededRandom(seed);
      const bytesMax = 120_000;
      const memory = createMemory(policy, bytesMax, random);
      const alive = new Set<string>();
      for (let step = 0; step < 250; step++) {
        const roll = random();
        const known = [...alive];
        const pick = known[Math.floor(random() * known.length)];
        if (roll < 0.7 || pick === undefined) {
          const id = `s${step}`;
          alive.add(id);
          for (const evicted of memory.insert(randomSample(id, random))) {
            expect(alive.delete(evicted)).toBe(true);
          }
        } else if (roll < 0.9) {
          for (const evicted of memory.replace(randomSample(pick, random))) {
            expect(alive.delete(evicted)).toBe(true);
          }
        } else {
          expect(memory.remove(pick)).toBe(true);
          alive.delete(pick);
        }
        expect(memory.bytes).toBeLessThanOrEqual(bytesMax);
        const held = [...memory.values()];
        expect(new Set(held.map(({ id }) => id))).toEqual(alive);
        expect(memory.size).toBe(alive.size);
        const payload = held.reduce((sum, sample) => sum + sampleBytes(sample), 0);
        expect(memory.bytes).toBeGreaterThanOrEqual(payload);
      }
      expect(memory.evicted).toBeGreaterThan(0);
    },
  );

  it('counts no bytes once all samples are removed', () => {
    const memory = createMemory(policy, 1e6, seededRandom(1));
    for (const id of ['a', 'b']) memory.insert(makeSample(id, { clusterId: id }));
    expect(memory.remove('a')).toBe(true);
    expect(memory.remove('b')).toBe(true);
    expect(memory.remove('b')).toBe(false);
    expect(memory.bytes).toBe(0);
    expect(memory.evicted).toBe(0);
  });

  it('refuses a sample larger than the cap, and keeps its samples', () => {
    const memory = createMemory(policy, 60_000, seededRandom(1));
    memory.insert(makeSample('small'));
    expect(memory.insert(makeSample('huge', { thumbnail: new Uint8Array(60_000) }))).toEqual([
      'huge',
    ]);
    expect([...memory.values()].map(({ id }) => id)).toEqual(['small']);
    expect([memory.evicted, memory.refused]).toEqual([0, 1]);
  });

  it('refuses to insert an existing id or to replace a missing one', () => {
    const memory = createMemory(policy, 1e6, seededRandom(1));
    memory.insert(makeSample('a'));
    expect(() => memory.insert(makeSample('a'))).toThrow('Sample a is in memory already');
    expect(() => memory.replace(makeSample('b'))).toThrow('Sample b is not in memory');
  });

  it('replaces in place', () => {
    const memory = createMemory(policy, 1e6, seededRandom(1));
    for (const id of ['a', 'b', 'c']) memory.insert(makeSample(id));
    expect(memory.replace(makeSample('b', { label: classLabel('cat') }))).toEqual([]);
    expect([...memory.values()].map(({ id, label }) => [id, label?.class])).toEqual([
      ['a', undefined],
      ['b', 'cat'],
      ['c', undefined],
    ]);
  });

  it('evicts unlabelled samples before labelled ones, and labelled ones before held-out ones', () => {
    const memory = createMemory(policy, oneSample * 16 + 40_000, seededRandom(3));
    for (let i = 0; i < 2; i++) {
      memory.insert(makeSample(`h${i}`, { label: classLabel('cat'), heldOut: true }));
      memory.insert(makeSample(`l${i}`, { label: classLabel('cat') }));
    }
    for (let i = 0; i < 100; i++) memory.insert(makeSample(`u${i}`));
    for (const id of ['h0', 'h1', 'l0', 'l1']) expect(memory.get(id)).toBeDefined();
    for (let i = 2; i < 100; i++) memory.insert(makeSample(`l${i}`, { label: classLabel('cat') }));
    for (const id of ['h0', 'h1']) expect(memory.get(id)).toBeDefined();
  });

  it('evicts samples that nobody is asked about before those that are asked about', () => {
    const memory = createMemory(policy, oneSample * 16 + 40_000, seededRandom(3));
    for (let i = 0; i < 4; i++) memory.insert(makeSample(`a${i}`));
    for (let i = 0; i < 100; i++) {
      memory.insert(makeSample(`h${i}`, { asked: false, timestampMs: i * 15_000 }));
    }
    for (let i = 0; i < 4; i++) expect(memory.get(`a${i}`)).toBeDefined();
    expect(memory.size).toBeGreaterThan(4);
  });

  it('takes in new samples where it is full of samples that are asked about', () => {
    const filled = createMemory(policy, oneSample * 16 + 40_000, seededRandom(3));
    for (let i = 0; i < 30; i++) filled.insert(makeSample(`a${i}`, { timestampMs: i * 1000 }));
    const memory = createMemory(policy, filled.bytesMax, seededRandom(4));
    memory.load(storedIn(filled));
    const { size } = memory;
    // Nobody is asked about a new sample yet; its question may open within 15 seconds.
    for (let i = 30; i < 60; i++) {
      memory.insert(makeSample(`n${i}`, { asked: false, timestampMs: i * 1000 }));
    }
    const held = [...memory.values()].filter(({ asked }) => asked === false);
    expect(held.length).toBeGreaterThan(1);
    expect(held.length).toBeLessThan(size);
    expect(memory.refused).toBeLessThan(30);
  });

  it('keeps room for unlabelled samples when it is full of labelled ones', () => {
    const memory = createMemory(policy, oneSample * 20 + 30_000, seededRandom(3));
    for (let i = 0; i < 100; i++) memory.insert(makeSample(`l${i}`, { label: classLabel('cat') }));
    for (let i = 0; i < 100; i++) memory.insert(makeSample(`u${i}`));
    const unlabelled = [...memory.values()].filter(({ label }) => label === null);
    expect(unlabelled.length).toBeGreaterThanOrEqual(4);
    expect(unlabelled.length).toBeLessThan(9);
  });

  it('chooses the same samples for the same seed', () => {
    const held = [0, 1].map(() => {
      const random = seededRandom(9);
      const memory = createMemory(policy, 100_000, random);
      for (let i = 0; i < 100; i++) memory.insert(randomSample(`s${i}`, random));
      return [...memory.values()].map(({ id }) => id);
    });
    expect(held[0]).toEqual(held[1]);
  });

  it('keeps no buffer alive that is larger than its counted bytes', () => {
    const memory = createMemory(policy, 1e6, seededRandom(1));
    const batch = new Uint16Array(1e6);
    memory.insert(
      makeSample('view', {
        embeddings: batch.subarray(0, cropEmbeddingLength),
        thumbnail: Buffer.from('a thumbnail from a pool'),
      }),
    );
    const { embeddings, thumbnail } = memory.get('view')!;
    expect(embeddings.buffer.byteLength).toBe(cropEmbeddingLength * 2);
    expect(thumbnail.buffer.byteLength).toBe(23);
  });

  it('continues after a restart exactly where it stopped', () => {
    const filled = createMemory(policy, 150_000, seededRandom(4));
    const random = seededRandom(5);
    for (let i = 0; i < 60; i++) filled.insert(randomSample(`s${i}`, random));
    const loaded = createMemory(policy, 150_000, seededRandom(6));
    loaded.load(storedIn(filled));
    expect([...loaded.values()]).toEqual([...filled.values()]);
    expect([loaded.bytes, loaded.evicted]).toEqual([filled.bytes, 0]);
    const again = createMemory(policy, 150_000, seededRandom(6));
    again.load(storedIn(filled));
    const more = seededRandom(7);
    for (let i = 60; i < 90; i++) {
      const sample = randomSample(`s${i}`, more);
      expect(loaded.insert(sample)).toEqual(again.insert(sample));
    }
  });

  it('evicts down to a smaller cap when loaded, and reports what it evicts', () => {
    const filled = createMemory(policy, 150_000, seededRandom(4));
    for (let i = 0; i < 20; i++) filled.insert(makeSample(`s${i}`));
    const changes: MemoryChange[] = [];
    const loaded = createMemory(policy, 40_000, seededRandom(6), (each) => changes.push(each));
    loaded.load(storedIn(filled));
    expect(loaded.bytes).toBeLessThanOrEqual(40_000);
    expect(loaded.size).toBeGreaterThan(0);
    expect(loaded.evicted).toBe(filled.size - loaded.size);
    const gone = changes.flatMap(({ dropped }) => dropped.map(({ id }) => id));
    expect(gone).toHaveLength(loaded.evicted);
    for (const id of gone) expect(loaded.get(id)).toBeUndefined();
  });

  it('loads samples that were stored under another policy', () => {
    const filled = createMemory('reservoir', 150_000, seededRandom(4));
    for (let i = 0; i < 5; i++)
      filled.insert(makeSample(`s${i}`, { embeddings: packedEmbedding(1, i) }));
    const loaded = createMemory(policy, 300_000, seededRandom(6));
    loaded.load(storedIn(filled));
    expect([...loaded.values()]).toEqual([...filled.values()]);
  });

  it('reports every change, so that a copy has the same samples', () => {
    const copy = new Set<string>();
    const random = seededRandom(8);
    const memory = createMemory(policy, 120_000, random, ({ stored, dropped }) => {
      for (const id of stored) copy.add(id);
      for (const { id } of dropped) expect(copy.delete(id)).toBe(true);
    });
    for (let step = 0; step < 120; step++) {
      const known = [...memory.values()].map(({ id }) => id);
      const pick = known[Math.floor(random() * known.length)];
      if (random() < 0.6 || pick === undefined) memory.insert(randomSample(`s${step}`, random));
      else if (random() < 0.7) memory.replace(randomSample(pick, random));
      else memory.remove(pick);
      expect(copy).toEqual(new Set([...memory.values()].map(({ id }) => id)));
    }
  });
});

/** What a store keeps of a memory's samples, encoded and decoded again. */
function storedIn(memory: ReturnType<typeof createMemory>): StoredSample[] {
  return [...memory.values()].map((sample) =>
    decodeSample(encodeSample({ sample, key: memory.keyOf(sample.id)! })),
  );
}
