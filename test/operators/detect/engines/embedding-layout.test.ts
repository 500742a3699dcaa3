import { describe, expect, it } from 'vitest';
import {
  builtInLayout,
  describeLayout,
  isSameLayout,
  placeParts,
  vectorLayout,
} from '../../../../operators/detect/engines/embedding-layout.ts';

describe('the layout of embeddings', () => {
  it('has the values of all parts and two log sizes', () => {
    expect(builtInLayout.length).toBe(64 * 9 + 528 + 192 + 2);
    expect(vectorLayout(512).length).toBe(514);
  });

  it('places its parts one after the other', () => {
    const ranges = placeParts(builtInLayout).map(({ name, from, to }) => [name, from, to]);
    expect(ranges).toEqual([
      ['layout', 0, 576],
      ['parts', 576, 1104],
      ['texture', 1104, 1296],
    ]);
  });

  it('is compared and described by its parts', () => {
    expect(isSameLayout(vectorLayout(8), vectorLayout(8))).toBe(true);
    expect(isSameLayout(vectorLayout(1296), builtInLayout)).toBe(false);
    expect(describeLayout(builtInLayout)).toBe('64 × 9 layout + 528 parts + 192 texture values');
  });
});
