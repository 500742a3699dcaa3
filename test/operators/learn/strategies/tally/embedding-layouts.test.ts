import { describe, expect, it } from 'vitest';
import {
  builtInLayout,
  vectorLayout,
} from '../../../../../operators/detect/engines/embedding-layout.ts';
import { cropEmbeddingLength } from '../../../../../operators/detect/engines/engine.ts';
import { featuresOf, placesOf } from '../../../../../operators/learn/statistics/scatter-layout.ts';
import { scatterBytes } from '../../../../../operators/learn/statistics/scatter-contents.ts';
import {
  comparedLayouts,
  scatterLayouts,
  embeddingLayouts,
} from '../../../../../operators/learn/strategies/tally/embedding-layouts.ts';

const names = embeddingLayouts.map((layout, i) => ({ layout, i }));

describe('embedding layouts', () => {
  it('keep every feature once in the first layouts, and at least a tenth in the last', () => {
    for (const layout of [...embeddingLayouts.slice(0, 2), ...Object.values(comparedLayouts)]) {
      const places = placesOf(layout).sort((a, b) => a - b);
      expect(places).toEqual(Array.from({ length: cropEmbeddingLength }, (_, i) => i));
    }
    const least = featuresOf(embeddingLayouts.at(-1)!);
    expect(least).toBeGreaterThan(0.1 * cropEmbeddingLength);
    expect(least).toBeLessThan(0.12 * cropEmbeddingLength);
  });

  it.each(names)('keep no index twice and none beyond the embedding: $i', ({ layout }) => {
    expect(layout.rowLength).toBe(cropEmbeddingLength);
    const places = placesOf(layout);
    expect(new Set(places).size).toBe(places.length);
    expect(Math.max(...places)).toBeLessThan(cropEmbeddingLength);
  });

  it.each(names.slice(1))(
    'are each a subset of the one before, block by block, without new landmarks: $i',
    ({ layout, i }) => {
      const before = embeddingLayouts[i - 1]!;
      for (const block of layout.blocks) {
        const source = new Set(before.blocks.find((other) => other.includes(block[0]!)));
        expect([...block].every((place) => source.has(place))).toBe(true);
      }
      const landmarks = new Set(before.landmarks);
      expect([...layout.landmarks].every((place) => landmarks.has(place))).toBe(true);
      expect(before.half && !layout.half).toBe(false);
    },
  );

  it.each([0, 10, 1000])('take fewer bytes one after the other for %d classes', (classes) => {
    const bytes = embeddingLayouts.map((layout) => scatterBytes(layout, classes));
    for (const [i, next] of bytes.slice(1).entries()) expect(next).toBeLessThan(bytes[i]!);
  });

  it('take the documented bytes', () => {
    const scatter = embeddingLayouts.map((layout) => scatterBytes(layout, -1));
    expect(scatter[0]! / 1e6).toBeCloseTo(1.4, 1);
    expect(scatter[1]! / scatter[0]!).toBeCloseTo(0.5, 2);
    expect(scatter.at(-1)! / 1e3).toBeLessThan(15);
    const { whole, twoBlocks } = comparedLayouts;
    expect(scatterBytes(whole, -1) / 1e6).toBeCloseTo(3.4, 1);
    expect(scatterBytes(twoBlocks, -1) / 1e6).toBeCloseTo(1.7, 1);
  });

  it('keep the log sizes, and equal shares of all parts of an embedding', () => {
    const sizes = builtInLayout.parts.map(({ channels, places }) => channels * places);
    for (const layout of embeddingLayouts) {
      const places = placesOf(layout);
      expect(places).toEqual(
        expect.arrayContaining([cropEmbeddingLength - 2, cropEmbeddingLength - 1]),
      );
      let start = 0;
      const shares = sizes.map((size) => {
        const kept = places.filter((place) => place >= start && place < start + size).length;
        start += size;
        return kept / size;
      });
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThan(0.02);
    }
  });
});

describe('layouts for the vectors of other encoders', () => {
  it.each([16, 384, 768, 1280, 4096])(
    'of %i values lose nothing at first, then ever more',
    (size) => {
      const layouts = scatterLayouts(vectorLayout(size));
      const [whole] = layouts;
      const all = Array.from({ length: size + 2 }, (_, i) => i);
      expect(placesOf(whole!).sort((a, b) => a - b)).toEqual(all);
      let kept = new Set(all);
      for (const layout of layouts) {
        const places = placesOf(layout);
        expect(places.every((place) => kept.has(place))).toBe(true);
        expect(places).toEqual(expect.arrayContaining([size, size + 1]));
        kept = new Set(places);
      }
    },
  );

  it('are one block up to 640 values, and at most 20 MB for any', () => {
    expect(scatterLayouts(vectorLayout(512))[0]).toMatchObject({ blocks: [{ length: 514 }] });
    expect(scatterBytes(scatterLayouts(vectorLayout(4096))[0]!, 1)).toBeLessThan(20e6);
  });

  it('are the same objects for the built-in encoder, since states name them by index', () => {
    expect(scatterLayouts(builtInLayout)).toBe(embeddingLayouts);
  });
});
