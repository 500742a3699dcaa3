import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../../operators/detect/models/formats/reading.ts';
import { boxReader } from '../../../../operators/detect/models/candidates/boxes.ts';
import { ScoredRows } from '../../../../operators/detect/models/candidates/scored-rows.ts';
import { rowsOf } from '../../../../operators/detect/models/candidates/strided.ts';
import { FileDetector } from '../../../../operators/detect/models/file-detector.ts';
import { letterboxed } from '../../../../operators/detect/models/input-style.ts';

/** Rows of corners, objectness and two class scores. */
function detectorOf(rows: readonly (readonly number[])[]): FileDetector {
  const values = Float32Array.from(rows.flat());
  const reading: Reading = {
    format: 'yolox',
    layout: '',
    style: letterboxed,
    classes: { count: 2, firstUnused: false },
    maxOverlap: 0.65,
    rows: (outputs, columns) =>
      new ScoredRows({
        count: rows.length,
        box: boxReader(rowsOf(outputs[0]!.values, 7), { corners: 'xyxy', across: 1, down: 1 }),
        scores: rowsOf(outputs[0]!.values, 7, 5),
        columns,
        objectness: rowsOf(outputs[0]!.values, 7, 4),
        isLogit: false,
      }),
  };
  return new FileDetector({
    text: 'a sketch',
    id: 'rows',
    model: {
      run: () => Promise.resolve([{ name: 'out', shape: [1, rows.length, 7], values }]),
      close: () => Promise.resolve(),
    },
    reading,
    classes: { names: ['bolt', 'nut'], numbers: Int32Array.of(0, 1), from: 'a test' },
    viewSize: 64,
  });
}

const view = new Uint8Array(64 * 64 * 3);

describe('FileDetector', () => {
  it('leaves out rows whose box or score is no number', async () => {
    const detector = detectorOf([
      [NaN, 0, 20, 20, 0.9, 0.9, 0],
      [0, 0, Infinity, 20, 0.9, 0.9, 0],
      [10, 10, 30, 30, 0.8, NaN, NaN],
      [10, 10, 30, 30, 0.5, 0, 0.6],
    ]);
    const peaks = await detector.detect(view, 64, 10);
    expect([...peaks.cells]).toEqual([3]);
    expect([...peaks.boxes]).toEqual([10, 10, 30, 30]);
    const maps = await detector.dense(view, 64);
    expect(maps.count).toBe(1);
  });
});
