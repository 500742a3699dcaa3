import { describe, expect, it } from 'vitest';
import { continualScores } from '../../../operators/measure/forgetting.ts';

const matrix = [
  [0.8, 0.1, 0.0],
  [0.6, 0.7, 0.2],
  [0.7, 0.5, 0.9],
];

describe('continualScores', () => {
  it('measures forgetting from the best score and backward transfer from the first', () => {
    const scores = continualScores(matrix);
    expect(scores.final).toBeCloseTo(0.7, 12);
    // Best before the last step: 0.8 and 0.7.
    expect(scores.forgetting).toBeCloseTo((0.1 + 0.2) / 2, 12);
    expect(scores.backwardTransfer).toBeCloseTo((-0.1 - 0.2) / 2, 12);
  });

  it('distinguishes forgetting from backward transfer if a score rose before it fell', () => {
    const scores = continualScores([
      [0.5, 0, 0],
      [0.9, 0.6, 0],
      [0.7, 0.6, 0.4],
    ]);
    expect(scores.forgetting).toBeCloseTo((0.2 + 0) / 2, 12);
    expect(scores.backwardTransfer).toBeCloseTo((0.2 + 0) / 2, 12);
  });

  it('measures forward transfer relative to the untrained model', () => {
    const scores = continualScores(matrix, { untrained: [0, 0.05, 0.05] });
    expect(scores.forwardTransfer).toBeCloseTo((0.1 - 0.05 + (0.2 - 0.05)) / 2, 12);
  });

  it('measures omega relative to joint training', () => {
    const scores = continualScores(matrix, { joint: [0.8, 0.8, 1] });
    expect(scores.omega).toBeCloseTo((1 + 0.65 / 0.8 + 0.7) / 3, 12);
  });

  it('returns null for scores that need more steps or references', () => {
    expect(continualScores([[0.4]])).toEqual({
      final: 0.4,
      forgetting: null,
      backwardTransfer: null,
      forwardTransfer: null,
      omega: null,
    });
  });

  it.each([
    ['no steps', []],
    ['row 0 has 1 values, expected 2', [[1], [1, 1]]],
    ['not finite', [[Number.NaN]]],
  ])('throws for a matrix with %s', (message, broken) => {
    expect(() => continualScores(broken)).toThrow(message);
  });

  it('throws for references that do not match the matrix', () => {
    expect(() => continualScores([[1]], { joint: [0] })).toThrow('not above 0');
    expect(() => continualScores([[1]], { untrained: [0, 0] })).toThrow('untrained has 2');
  });
});
