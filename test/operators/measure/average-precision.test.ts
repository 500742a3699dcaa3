import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import { averagePrecision, iouThresholds } from '../../../operators/measure/average-precision.ts';

const left: Box = [0, 0, 10, 10];
const right: Box = [20, 0, 30, 10];
const elsewhere: Box = [50, 50, 60, 60];

describe('averagePrecision', () => {
  it('uses the ten thresholds of numpy linspace, bit for bit', () => {
    expect(iouThresholds).toEqual([
      0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.8999999999999999, 0.95,
    ]);
  });

  it('is 1 if every object is detected exactly', () => {
    const result = averagePrecision([{ truths: [{ box: left }, { box: right }], detections: [] }]);
    expect(result).toEqual({ ap: 0, ap50: 0, objects: 2 });
    const found = averagePrecision([
      {
        truths: [{ box: left }, { box: right }],
        detections: [
          { box: left, score: 0.9 },
          { box: right, score: 0.8 },
        ],
      },
    ])!;
    expect(found.ap).toBeCloseTo(1, 12);
    expect(found.ap50).toBeCloseTo(1, 12);
  });

  it('counts an IoU equal to a threshold', () => {
    // 5 of 10 columns: IoU is exactly 0.5.
    const found = averagePrecision([
      { truths: [{ box: left }], detections: [{ box: [0, 0, 5, 10], score: 1 }] },
    ])!;
    expect(found.ap50).toBeCloseTo(1, 12);
    expect(found.ap).toBeCloseTo(0.1, 12);
  });

  it('counts a second detection of the same object as a false positive', () => {
    const twice = { box: left, score: 0.9 };
    const found = averagePrecision([
      { truths: [{ box: left }, { box: right }], detections: [twice, twice] },
      { truths: [{ box: left }], detections: [{ box: left, score: 0.5 }] },
    ])!;
    // Recall 1/3 at precision 1, then 2/3 at precision 2/3: 34 points, then 33.
    expect(found.ap50).toBeCloseTo((34 + 33 * (2 / 3)) / 101, 12);
  });

  it('ignores one detection of an ignored object', () => {
    const truths = [{ box: left }, { box: right, ignore: true }];
    const once = [
      { box: right, score: 0.9 },
      { box: left, score: 0.8 },
    ];
    expect(averagePrecision([{ truths, detections: once }])!.ap50).toBeCloseTo(1, 12);
    const twice = [{ box: right, score: 0.95 }, ...once];
    expect(averagePrecision([{ truths, detections: twice }])!.ap50).toBeCloseTo(0.5, 12);
  });

  it('ignores any number of detections in a crowd', () => {
    const truths = [{ box: left }, { box: [20, 0, 60, 40] as Box, crowd: true }];
    const detections = [
      { box: right, score: 0.9 },
      { box: right, score: 0.9 },
      { box: [40, 20, 50, 30] as Box, score: 0.9 },
      { box: left, score: 0.1 },
    ];
    expect(averagePrecision([{ truths, detections }])!.ap50).toBeCloseTo(1, 12);
  });

  it('is null if every object is ignored', () => {
    const detections = [{ box: elsewhere, score: 1 }];
    expect(averagePrecision([{ truths: [], detections }])).toBeNull();
    expect(averagePrecision([{ truths: [{ box: left, crowd: true }], detections }])).toBeNull();
  });

  it('uses only the best 100 detections of a picture', () => {
    const detections = Array.from({ length: 100 }, () => ({ box: elsewhere, score: 0.9 }));
    const late = { box: left, score: 0.1 };
    const image = { truths: [{ box: left }], detections: [...detections.slice(1), late] };
    expect(averagePrecision([image])!.ap50).toBeCloseTo(1 / 100, 12);
    expect(averagePrecision([{ ...image, detections: [...detections, late] }])!.ap50).toBe(0);
  });
});
