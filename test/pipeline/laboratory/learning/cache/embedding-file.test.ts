import type { Box } from '../../../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../../../../operators/detect/engines/engine.ts';
import { EmbeddingFile } from '../../../../../pipeline/laboratory/learning/cache/embedding-file.ts';

const embedding = (value: number) => new Float32Array(cropEmbeddingLength).fill(value);
const boxOf = (i: number): Box => [i, 0, i + 1, 1];

describe('an embedding file', () => {
  it('survives packing', () => {
    const file = new EmbeddingFile(cropEmbeddingLength);
    file.add([[0.1, 2, 3, 4.25]], embedding(0.5));
    const opened = EmbeddingFile.unpack(file.pack(), cropEmbeddingLength);
    expect(opened.has([0.1, 2, 3, 4.25])).toBe(true);
    expect(opened.has([0.1, 2, 3, 4.5])).toBe(false);
    expect(opened.gather([[0.1, 2, 3, 4.25]])).toEqual(embedding(0.5));
  });

  it('holds 1,024 embeddings and evicts the oldest', () => {
    const file = new EmbeddingFile(cropEmbeddingLength);
    for (let i = 0; i < 1030; i++) file.add([boxOf(i)], embedding(1));
    expect([5, 6, 1029].map((i) => file.has(boxOf(i)))).toEqual([false, true, true]);
  });

  it('keeps old embeddings that are needed next', () => {
    const file = new EmbeddingFile(cropEmbeddingLength);
    const boxes = Array.from({ length: 1024 }, (_, i) => boxOf(i));
    for (const box of boxes) file.add([box], embedding(1));
    file.add([boxOf(1024)], embedding(2), [boxOf(0), boxOf(1024)]);
    expect(file.gather([boxOf(0), boxOf(1024)])).toHaveLength(2 * cropEmbeddingLength);
    expect([1, 2].map((i) => file.has(boxOf(i)))).toEqual([false, true]);
  });

  it('throws for an absent embedding', () => {
    expect(() => new EmbeddingFile(cropEmbeddingLength).gather([boxOf(1)])).toThrow(RangeError);
  });
});
