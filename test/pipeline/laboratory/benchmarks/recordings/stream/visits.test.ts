import { describe, expect, it } from 'vitest';
import type { LabelledImage } from '../../../../../../operators/datasets/dataset.ts';
import {
  cutVisits,
  questionsOf,
} from '../../../../../../pipeline/laboratory/benchmarks/recordings/stream/visits.ts';
import { imageOf, placed, visitOf } from './scene.ts';

describe('visits', () => {
  const recording = (track: string, count: number): LabelledImage[] =>
    Array.from({ length: count }, (_, i) => ({ ...imageOf(`${track}${i}`), track }));

  it('cut each recording into parts, in order', () => {
    const visits = cutVisits([...recording('a', 5), ...recording('b', 4)], 2);
    expect(visits.map(({ recording: of, images }) => [of, images.map(({ id }) => id)])).toEqual([
      ['a', ['a0', 'a1', 'a2']],
      ['a', ['a3', 'a4']],
      ['b', ['b0', 'b1']],
      ['b', ['b2', 'b3']],
    ]);
  });

  it('are single pictures where no recording is named', () => {
    expect(cutVisits([imageOf('x'), imageOf('y')], 2).map(({ images }) => images.length)).toEqual([
      1, 1,
    ]);
  });
});

describe('questions', () => {
  it('are one for each track on an object, at its first look there', () => {
    const visits = [
      visitOf('a', [[placed(1, 'elsewhere')], [placed(1)], [placed(1)]], 'cone'),
      visitOf('b', [[placed(2)], [placed(2), placed(3, 'elsewhere')], [placed(2)]], 'cup'),
    ];
    expect(questionsOf(visits, 3)).toEqual([
      { track: 1, recording: 'a', visit: 0, askedAt: 2, truth: 'cone' },
      { track: 2, recording: 'b', visit: 1, askedAt: 4, truth: 'cup' },
    ]);
  });

  it('are not asked about short tracks, nor about those on no object', () => {
    const frames = [
      [placed(1, 'elsewhere'), placed(2)],
      [placed(1, 'elsewhere'), placed(2)],
      [placed(1, 'elsewhere'), placed(3)],
    ];
    expect(questionsOf([visitOf('a', frames, 'cone')], 3)).toEqual([]);
    expect(questionsOf([visitOf('a', frames, 'cone')], 2).map(({ track }) => track)).toEqual([2]);
  });
});
