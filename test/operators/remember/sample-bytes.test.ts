import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../operators/detect/engines/engine.ts';
import { createMemory } from '../../../operators/remember/create-memory.ts';
import { sampleBytes, sampleOverheadBytes } from '../../../operators/remember/sample-bytes.ts';
import { packedEmbedding, makeSample, classLabel } from './make-sample.ts';

describe('sampleBytes', () => {
  it('adds vectors, thumbnail, strings at two bytes per character, and the overhead', () => {
    const sample = makeSample('id', {
      camera: 'cam',
      clusterId: 'c',
      label: classLabel('cat'),
      thumbnail: new Uint8Array(100),
    });
    const vectors = denseLatentLength * 2 + 4 + cropEmbeddingLength * 2 + 100;
    const strings = 2 * (2 + 3 + 1 + 'cat'.length + 'person'.length);
    expect(sampleBytes(sample)).toBe(vectors + strings + sampleOverheadBytes);
    const offsets = [[0, 0, 0, 0] as const, [0, 0, 0, 0] as const];
    expect(sampleBytes({ ...sample, offsets })).toBe(sampleBytes(sample) + 2 * 64);
  });

  it('is at least the memory the process uses, and less than three times as much', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = () => {
      collect();
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const memory = createMemory('balanced', 1e9, seededRandom(1));
    const before = used();
    for (let i = 0; i < 2000; i++) {
      memory.insert(
        makeSample(`camera-1/${i}/x`, {
          label: classLabel(`class ${i % 20}`),
          embeddings: packedEmbedding(i),
          box: [i + 0.5, i, i, i],
          thumbnail: new Uint8Array(500),
        }),
      );
    }
    const usedBytes = used() - before;
    expect(memory.size).toBe(2000);
    expect(usedBytes).toBeLessThanOrEqual(memory.bytes);
    expect(usedBytes * 3).toBeGreaterThan(memory.bytes);
  });
});
