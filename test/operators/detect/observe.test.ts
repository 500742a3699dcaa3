import { intersectionOverUnion } from '../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import { keepApart, observe } from '../../../operators/detect/observe.ts';
import { makePeaks } from './make-peaks.ts';

const classes = ['person', 'bicycle'];
const square = { viewSize: 100, sourceWidth: 100, sourceHeight: 100 };

describe('observe', () => {
  it('stretches boxes from the square view to the source picture', () => {
    const peaks = makePeaks([{ box: [10, 20, 50, 60], objectness: 0.5 }]);
    const [seen] = observe(peaks, { viewSize: 100, sourceWidth: 640, sourceHeight: 200 }, classes);
    expect(seen?.box).toEqual([64, 40, 320, 120]);
  });

  it('clips boxes to the picture and leaves out those with nothing in it', () => {
    const peaks = makePeaks([
      { box: [-20, -5, 30, 40], objectness: 0.9 },
      { box: [60, 60, 130, 300], objectness: 0.8 },
      { box: [-30, 10, 0.5, 20], objectness: 0.7 },
    ]);
    expect(observe(peaks, square, classes).map(({ box }) => box)).toEqual([
      [0, 0, 30, 40],
      [60, 60, 100, 100],
    ]);
  });

  it('leaves out peaks under the least objectness', () => {
    const peaks = makePeaks([
      { box: [0, 0, 10, 10], objectness: 0.5 },
      { box: [20, 20, 30, 30], objectness: 0.25 },
      { box: [40, 40, 50, 50], objectness: 0.2 },
    ]);
    expect(observe(peaks, square, classes, { minObjectness: 0.25 })).toHaveLength(2);
  });

  it('keeps the strongest of boxes that overlap, whatever their classes', () => {
    const peaks = makePeaks([
      { box: [0, 0, 40, 40], objectness: 0.6, baseClass: 0, baseScore: 0.6 },
      { box: [2, 0, 42, 40], objectness: 0.5, baseClass: 1, baseScore: 0.29 },
      { box: [3, 0, 43, 40], objectness: 0.4, baseClass: 0, baseScore: 0.4 },
      { box: [30, 0, 70, 40], objectness: 0.2, baseClass: 0, baseScore: 0.2 },
    ]);
    expect(observe(peaks, square, classes).map(({ box }) => box[0])).toEqual([0, 30]);
  });

  it('gives the base name of what it leaves out to what it keeps, where that one is surer', () => {
    const peaks = makePeaks([
      { box: [0, 0, 40, 40], objectness: 0.9, baseClass: 1, baseScore: 0.2 },
      { box: [2, 0, 42, 40], objectness: 0.5, baseClass: 0, baseScore: 0.5 },
      { box: [3, 0, 43, 40], objectness: 0.4, baseClass: 1, baseScore: 0.1 },
    ]);
    expect(observe(peaks, square, classes)).toMatchObject([
      { box: [0, 0, 40, 40], objectness: expect.closeTo(0.9, 5), baseClass: 'person' },
    ]);
    expect(observe(peaks, square, classes)[0]!.baseScore).toBeCloseTo(0.5, 5);
  });

  it('keeps a rider and a bicycle that overlap when both are believed', () => {
    const peaks = makePeaks([
      { box: [0, 0, 40, 40], objectness: 0.6, baseClass: 0, baseScore: 0.6 },
      { box: [1, 0, 41, 40], objectness: 0.31, baseClass: 1, baseScore: 0.31 },
    ]);
    expect(observe(peaks, square, classes).map(({ baseClass }) => baseClass)).toEqual(classes);
  });

  it('gives every observation a latent of its own', () => {
    const peaks = makePeaks([
      { box: [0, 0, 10, 10], objectness: 0.5 },
      { box: [50, 50, 90, 90], objectness: 0.4 },
    ]);
    const latent = observe(peaks, square, classes)[1]?.latent;
    expect(latent).toEqual(new Float32Array(128).fill(1));
    expect(latent?.buffer.byteLength).toBe(512);
  });
});

describe('keepApart', () => {
  const seen = observe(
    makePeaks([
      { box: [0, 0, 40, 40], objectness: 0.9, baseClass: 0, baseScore: 0.9 },
      { box: [8, 0, 48, 40], objectness: 0.8, baseClass: 0, baseScore: 0.8 },
      { box: [8, 0, 48, 40], objectness: 0.7, baseClass: 1, baseScore: 0.31 },
      { box: [8, 0, 48, 40], objectness: 0.6, baseClass: 1, baseScore: 0.29 },
      { box: [60, 0, 90, 40], objectness: 0.5, baseClass: 0, baseScore: 0.5 },
    ]),
    square,
    classes,
    { maxOverlap: 1 },
  );

  it('leaves the strongest of boxes that overlap by more, and of two believed classes both', () => {
    expect(seen).toHaveLength(5);
    expect(keepApart(seen, 0.6)).toEqual([seen[0], seen[2], seen[4]]);
  });

  it('leaves all whose overlap is allowed', () => {
    expect(keepApart(seen.slice(0, 2), 0.7)).toHaveLength(2);
    expect(keepApart(seen.slice(0, 2), 0.66)).toHaveLength(1);
  });

  it('leaves what observe leaves of the peaks at the same overlap', () => {
    const peaks = makePeaks([
      { box: [0, 0, 40, 40], objectness: 0.6 },
      { box: [9, 0, 49, 40], objectness: 0.5 },
      { box: [50, 0, 90, 40], objectness: 0.4 },
    ]);
    const loose = observe(peaks, square, classes, { maxOverlap: 0.7 });
    expect(loose).toHaveLength(3);
    expect(keepApart(loose, 0.6)).toEqual(observe(peaks, square, classes, { maxOverlap: 0.6 }));
  });
});

it('intersection over union is 1 for equal boxes, 0 for boxes apart, and a share between', () => {
  expect(intersectionOverUnion([0, 0, 10, 10], [0, 0, 10, 10])).toBe(1);
  expect(intersectionOverUnion([0, 0, 10, 10], [10, 0, 20, 10])).toBe(0);
  expect(intersectionOverUnion([0, 0, 10, 10], [5, 0, 15, 10])).toBeCloseTo(1 / 3);
});
