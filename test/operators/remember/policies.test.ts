import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { cropEmbeddingLength } from '../../../operators/detect/engines/engine.ts';
import { packFloat16 } from '../../../operators/foundation/numbers/float16.ts';
import { createMemory } from '../../../operators/remember/create-memory.ts';
import { sampleBytes } from '../../../operators/remember/sample-bytes.ts';
import { packedEmbedding, makeSample, classLabel } from './make-sample.ts';

const oneSample = sampleBytes(makeSample('000000'));
const id = (index: number) => String(index).padStart(6, '0');
const hundredSamples = Array.from({ length: 100 }, (_, i) => makeSample(id(i)));

describe('reservoir policy', () => {
  it('keeps early and late samples with equal probability', () => {
    const kept = new Array<number>(100).fill(0);
    for (let run = 0; run < 300; run++) {
      const memory = createMemory('reservoir', oneSample * 10, seededRandom(run));
      for (const sample of hundredSamples) memory.insert(sample);
      expect(memory.size).toBe(10);
      for (const sample of memory.values()) kept[Number(sample.id)]!++;
    }
    const early = kept.slice(0, 50).reduce((a, b) => a + b);
    expect(early / 3000).toBeGreaterThan(0.46);
    expect(early / 3000).toBeLessThan(0.54);
  });

  it('keeps the proportions of classes in the stream', () => {
    const memory = createMemory('reservoir', oneSample * 40, seededRandom(2));
    for (let i = 0; i < 1000; i++) {
      memory.insert(makeSample(id(i), { clusterId: i % 10 === 0 ? 'rr' : 'oo' }));
    }
    const rare = [...memory.values()].filter(({ clusterId }) => clusterId === 'rr').length;
    expect(rare).toBeLessThan(10);
  });
});

describe('class-balanced policy', () => {
  it('keeps every sample of a rare class under a flood of a common one', () => {
    const memory = createMemory('balanced', oneSample * 20, seededRandom(2));
    for (let i = 0; i < 500; i++) {
      memory.insert(makeSample(id(i), { clusterId: i % 60 === 0 ? 'rr' : 'oo' }));
    }
    const rare = [...memory.values()].filter(({ clusterId }) => clusterId === 'rr').length;
    expect(rare).toBe(9);
    expect(memory.size).toBe(20);
  });

  it('keeps a uniform sample within the common class', () => {
    const kept = [0, 0];
    for (let run = 0; run < 200; run++) {
      const memory = createMemory('balanced', oneSample * 10, seededRandom(run));
      for (const sample of hundredSamples) memory.insert(sample);
      for (const sample of memory.values()) kept[Number(sample.id) < 50 ? 0 : 1]!++;
    }
    expect(kept[0]! / 2000).toBeGreaterThan(0.44);
    expect(kept[0]! / 2000).toBeLessThan(0.56);
  });
});

describe('herding policy', () => {
  const classBytes = cropEmbeddingLength * 4 + 512;

  it('keeps exemplars whose mean is closer to the class mean than that of a random choice', () => {
    const angles: number[] = [];
    const random = seededRandom(8);
    for (let i = 0; i < 80; i++) angles.push((random() - 0.5) * 2 + (i % 8 === 0 ? 2 : 0));
    const distance = (policy: 'herding' | 'reservoir', seed: number) => {
      const memory = createMemory(policy, oneSample * 8 + classBytes, seededRandom(seed));
      angles.forEach((angle, index) => {
        const embeddings = packedEmbedding(Math.cos(angle), Math.sin(angle));
        memory.insert(makeSample(id(index), { embeddings }));
      });
      const kept = [...memory.values()].map((sample) => angles[Number(sample.id)]!);
      const mean = (of: readonly number[], value: (angle: number) => number) =>
        of.reduce((sum, angle) => sum + value(angle), 0) / of.length;
      return Math.hypot(
        mean(kept, Math.cos) - mean(angles, Math.cos),
        mean(kept, Math.sin) - mean(angles, Math.sin),
      );
    };
    const herded = distance('herding', 1);
    const drawn = [1, 2, 3, 4, 5].map((seed) => distance('reservoir', seed));
    expect(herded).toBeLessThan(0.1);
    expect(herded).toBeLessThan(Math.max(...drawn) / 2);
  });

  it('evicts a sample without an embedding before one with an embedding', () => {
    const memory = createMemory('herding', oneSample * 2 + classBytes, seededRandom(1));
    memory.insert(makeSample(id(0)));
    memory.insert(makeSample(id(1), { embeddings: new Uint16Array(0) }));
    memory.insert(makeSample(id(2)));
    expect([...memory.values()].map((sample) => sample.id)).toEqual([id(0), id(2)]);
  });

  it('keeps the exemplars of an encoder that it adopted, and of one whose samples it loads', () => {
    const sight = { detector: 'centernet', encoder: 'clip', embeddingLength: 6 };
    const of = (index: number, angle: number) => {
      const values = [Math.cos(angle), Math.sin(angle), 0, 0, 0, 0];
      return makeSample(id(index), { sight, embeddings: packFloat16(Float32Array.from(values)) });
    };
    // The mean is that of the two outer ones; of three, the inner ones are alike.
    const samples = [0, 0.8, 0.8, 0.8, 1.6, 1.6].map((angle, i) => of(i, angle));
    const bytesMax = sampleBytes(samples[0]!) * 2 + 6 * 4 + 512;
    const kept = (random: () => number) => {
      const memory = createMemory('herding', bytesMax, random);
      memory.adopt(6);
      for (const sample of samples) memory.insert(sample);
      return memory;
    };
    const rising = () => {
      let key = 0;
      return () => (key += 0.1);
    };
    const falling = () => {
      let key = 1;
      return () => (key -= 0.1);
    };
    const ids = (memory: ReturnType<typeof kept>) => [...memory.values()].map((each) => each.id);
    const memory = kept(rising());
    // By random keys these would differ.
    expect(ids(memory)).toEqual(ids(kept(falling())));
    expect(memory.bytes).toBe(bytesMax);

    const reopened = createMemory('herding', bytesMax, rising());
    reopened.load([...memory.values()].map((sample) => ({ sample, key: 0.5 })));
    expect(ids(reopened)).toEqual(ids(memory));
    expect(reopened.evicted).toBe(0);
  });

  it('counts the bytes of the mean of every class', () => {
    const memory = createMemory('herding', 1e6, seededRandom(1));
    memory.insert(makeSample(id(0), { label: classLabel('cat') }));
    memory.insert(makeSample(id(1), { label: classLabel('dog') }));
    const payload = [...memory.values()].reduce((sum, sample) => sum + sampleBytes(sample), 0);
    expect(memory.bytes).toBe(payload + 2 * classBytes);
    memory.replace(makeSample(id(1), { label: classLabel('cat') }));
    expect(memory.bytes).toBe(payload + classBytes);
  });
});
