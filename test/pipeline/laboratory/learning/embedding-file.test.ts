import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../../../operators/detect/engines/engine.ts';
import { EmbeddingFile } from '../../../../pipeline/laboratory/learning/embedding-file.ts';

const look = (value: number) => new Float32Array(cropEmbeddingLength).fill(value);
const boxOf = (i: number): Box => [i, 0, i + 1, 1];

describe('a look file', () => {
  it('survives packing', () => {
    const file = new EmbeddingFile();
    file.add([[0.1, 2, 3, 4.25]], look(0.5));
    const opened = EmbeddingFile.unpack(file.pack());
    expect(opened.has([0.1, 2, 3, 4.25])).toBe(true);
    expect(opened.has([0.1, 2, 3, 4.5])).toBe(false);
    expect(opened.gather([[0.1, 2, 3, 4.25]])).toEqual(look(0.5));
  });

  it('holds 1,024 looks and lets the oldest go', () => {
    const file = new EmbeddingFile();
    for (let i = 0; i < 1030; i++) file.add([boxOf(i)], look(1));
    expect([5, 6, 1029].map((i) => file.has(boxOf(i)))).toEqual([false, true, true]);
  });

  it('keeps old looks that are needed next', () => {
    const file = new EmbeddingFile();
    const boxes = Array.from({ length: 1024 }, (_, i) => boxOf(i));
    for (const box of boxes) file.add([box], look(1));
    file.add([boxOf(1024)], look(2), [boxOf(0), boxOf(1024)]);
    expect(file.gather([boxOf(0), boxOf(1024)])).toHaveLength(2 * cropEmbeddingLength);
    expect([1, 2].map((i) => file.has(boxOf(i)))).toEqual([false, true]);
  });

  it('refuses to make up a look', () => {
    expect(() => new EmbeddingFile().gather([boxOf(1)])).toThrow(RangeError);
  });
});
