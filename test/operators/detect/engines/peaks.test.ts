import { describe, expect, it } from 'vitest';
import {
  boxesFromExtents,
  checkView,
  pickPeaks,
} from '../../../../operators/detect/engines/peaks.ts';

const square = (side: number) => ({ columns: side, rows: side });

describe('pickPeaks', () => {
  it('includes the maxima of a second map, ordered by the first', () => {
    const map = Float32Array.of(0.1, 0.9, 0.2, 0.1, 0.8, 0.1, 0.1, 0.1, 0.1);
    const base = Float32Array.of(0, 0, 0, 0, 0.7, 0, 0, 0, 0);
    expect([...pickPeaks(map, square(3), 10)]).toEqual([1]);
    expect([...pickPeaks(map, square(3), 10, base)]).toEqual([1, 4]);
    expect([...pickPeaks(map, square(3), 1, base)]).toEqual([1]);
  });

  it('finds local maxima of 3×3 neighbourhoods, strongest first', () => {
    const map = Float32Array.of(
      ...[0.2, 0.1, 0.0, 0.1, 0.5],
      ...[0.1, 0.1, 0.0, 0.1, 0.4],
      ...[0.0, 0.0, 0.9, 0.1, 0.0],
      ...[0.1, 0.0, 0.8, 0.1, 0.0],
      ...[0.3, 0.1, 0.0, 0.0, 0.0],
    );
    expect([...pickPeaks(map, square(5), 10)]).toEqual([12, 4, 20, 0]);
  });

  it('keeps all of several equal neighbours, the lower index first', () => {
    const map = Float32Array.of(0.5, 0.5, 0.1, 0.1, 0.1, 0.1, 0, 0.1, 0.7);
    expect([...pickPeaks(map, square(3), 10)]).toEqual([8, 0, 1]);
  });

  it('takes the ends of rows for no neighbours where the map is no square', () => {
    const map = Float32Array.of(...[0.1, 0.2, 0.9, 0.1], ...[0.8, 0.1, 0.1, 0.7]);
    expect([...pickPeaks(map, { columns: 4, rows: 2 }, 10)]).toEqual([2, 4]);
    expect([...pickPeaks(map, { columns: 2, rows: 4 }, 10)]).toEqual([2]);
  });

  it('returns at most the requested number of peaks, and none for an empty map', () => {
    const map = Float32Array.of(0.5, 0, 0.4, 0, 0, 0, 0.3, 0, 0.2);
    expect([...pickPeaks(map, square(3), 2)]).toEqual([0, 2]);
    expect(pickPeaks(new Float32Array(9), square(3), 2)).toHaveLength(0);
  });
});

it('a box spreads from the corner of its cell, in view pixels', () => {
  const extents = Float32Array.of(1, 2, 3, 4, 10, 10, 10, 10);
  expect([...boxesFromExtents(extents, Int32Array.of(0, 13), { columns: 8 })]).toEqual([
    ...[-1, -2, 3, 4],
    ...[10, -6, 30, 14],
  ]);
});

it('a view is refused unless its side is a multiple of 32 and its bytes fit', () => {
  expect(() => checkView(new Uint8Array(64 * 64 * 3), 64, 1)).not.toThrow();
  expect(() => checkView(new Uint8Array(2 * 64 * 64 * 3), 64, 2)).not.toThrow();
  expect(() => checkView(new Uint8Array(48 * 48 * 3), 48, 1)).toThrow('multiple of 32');
  const canvas = { fit: 'stretch', anchor: 'centre', ground: 0 } as const;
  const view = { ...canvas, width: 64, height: 32 };
  expect(() => checkView(new Uint8Array(64 * 32 * 3), view, 1)).not.toThrow();
  const odd = { ...canvas, width: 64, height: 48 };
  expect(() => checkView(new Uint8Array(64 * 48 * 3), odd, 1)).toThrow('multiple of 32');
  expect(() => checkView(new Uint8Array(0), 0, 1)).toThrow(RangeError);
  expect(() => checkView(new Uint8Array(7), 64, 1)).toThrow('expected 12288 bytes of RGB, got 7');
});
