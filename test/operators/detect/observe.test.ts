import { describe, expect, it } from 'vitest';
import { suppressOverlaps, observe } from '../../../operators/detect/observe.ts';
import { makePeaks } from './make-peaks.ts';

const classes = ['person', 'bicycle'];
const square = { viewSize: 100, sourceWidth: 100, sourceHeight: 100 };

describe('observe', () => {
  it('stretches boxes from the square view to the source picture', () => {
    const peaks = makePeaks([{ box: [10, 20, 50, 60], objectness: 0.5 }]);
    const [observation] = observe(
      peaks,
      { viewSize: 100, sourceWidth: 640, sourceHeight: 200 },
      classes,
    );
    expect(observation?.box).toEqual([64, 40, 320, 120]);
  });

  it('clips boxes to the picture and drops those outside it', () => {
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

  it('drops boxes that are no numbers', () => {
    const peaks = makePeaks([
      { box: [NaN, 10, 30, 40], objectness: 0.9 },
      { box: [10, 10, 30, NaN], objectness: 0.8 },
      { box: [10, 10, 30, 40], objectness: 0.7 },
    ]);
    expect(observe(peaks, square, classes).map(({ box }) => box)).toEqual([[10, 10, 30, 40]]);
  });

  it('drops peaks below the least objectness', () => {
    const peaks = makePeaks([
      { box: [0, 0, 10, 10], objectness: 0.5 },
      { box: [20, 20, 30, 30], objectness: 0.25 },
      { box: [40, 40, 50, 50], objectness: 0.2 },
    ]);
    expect(observe(peaks, square, classes, { minObjectness: 0.25 })).toHaveLength(2);
  });

  it('keeps the strongest of overlapping boxes regardless of class', () => {
    const peaks = makePeaks([
      { box: [0, 0, 40, 40], objectness: 0.6, baseClass: 0, baseScore: 0.6 },
      { box: [2, 0, 42, 40], objectness: 0.5, baseClass: 1, baseScore: 0.29 },
      { box: [3, 0, 43, 40], objectness: 0.4, baseClass: 0, baseScore: 0.4 },
      { box: [30, 0, 70, 40], objectness: 0.2, baseClass: 0, baseScore: 0.2 },
    ]);
    expect(observe(peaks, square, classes).map(({ box }) => box[0])).toEqual([0, 30]);
  });

  it('adopts the base class of a suppressed peak that has more base heat', () => {
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

  it('keeps an overlapping rider and bicycle if both have enough heat', () => {
    const peaks = makePeaks([
      { box: [0, 0, 40, 40], objectness: 0.6, baseClass: 0, baseScore: 0.6 },
      { box: [1, 0, 41, 40], objectness: 0.31, baseClass: 1, baseScore: 0.31 },
    ]);
    expect(observe(peaks, square, classes).map(({ baseClass }) => baseClass)).toEqual(classes);
  });

  it('gives every observation its own copy of the latent', () => {
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
  const observations = observe(
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

  it('keeps the strongest of overlapping boxes, and both of two classes with enough heat', () => {
    expect(observations).toHaveLength(5);
    expect(suppressOverlaps(observations, 0.6)).toEqual([
      observations[0],
      observations[2],
      observations[4],
    ]);
  });

  it('keeps boxes that overlap less', () => {
    expect(suppressOverlaps(observations.slice(0, 2), 0.7)).toHaveLength(2);
    expect(suppressOverlaps(observations.slice(0, 2), 0.66)).toHaveLength(1);
  });

  it('keeps the same observations as observe at the same overlap', () => {
    const peaks = makePeaks([
      { box: [0, 0, 40, 40], objectness: 0.6 },
      { box: [9, 0, 49, 40], objectness: 0.5 },
      { box: [50, 0, 90, 40], objectness: 0.4 },
    ]);
    const loose = observe(peaks, square, classes, { maxOverlap: 0.7 });
    expect(loose).toHaveLength(3);
    expect(suppressOverlaps(loose, 0.6)).toEqual(
      observe(peaks, square, classes, { maxOverlap: 0.6 }),
    );
  });
});
