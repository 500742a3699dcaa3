import { describe, expect, it } from 'vitest';
import { denseLatentLength } from '../../../../operators/detect/engines/engine.ts';
import type {
  CandidateRows,
  RowScores,
} from '../../../../operators/detect/models/candidates/candidate-rows.ts';
import { writeEvidence } from '../../../../operators/detect/models/candidates/evidence-latent.ts';
import {
  CandidatePicker,
  candidateFloor,
  candidatesMax,
} from '../../../../operators/detect/models/candidates/pick-candidates.ts';
import { suppressWithinClasses } from '../../../../operators/detect/models/candidates/suppress.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';

function rowsOf(strengths: readonly number[]): CandidateRows {
  return {
    count: strengths.length,
    scan: ({ best, bestClass, strength }: RowScores) => {
      for (const [row, value] of strengths.entries()) {
        best[row] = strength[row] = value;
        bestClass[row] = 0;
      }
    },
    box: () => undefined,
    classScores: () => undefined,
  };
}

describe('CandidatePicker', () => {
  it('picks the strongest rows, strongest first, without sorting all of them', () => {
    const random = seededRandom(1);
    const strengths = Array.from({ length: 9000 }, () => random() ** 3);
    const picked = new CandidatePicker().pick(rowsOf(strengths));
    const expected = strengths
      .map((value, row) => ({ value: Math.fround(value), row }))
      .filter(({ value }) => value >= candidateFloor)
      .sort((a, b) => b.value - a.value || a.row - b.row)
      .slice(0, candidatesMax);
    expect(picked).toEqual(expected.map(({ row }) => row));
  });

  it('leaves out rows below the floor, and scores that are none', () => {
    const picker = new CandidatePicker();
    expect(picker.pick(rowsOf([0.5, 0, NaN, -1, 0.0009, 0.7]))).toEqual([5, 0]);
    expect(picker.pick(rowsOf([]))).toEqual([]);
    expect(picker.pick(rowsOf([1, 1, Infinity]))).toEqual([0, 1, 2]);
    expect(picker.scores.strength[2]).toBe(1);
  });
});

describe('suppressWithinClasses', () => {
  const boxes = Float32Array.of(0, 0, 10, 10, 1, 0, 11, 10, 0, 0, 10, 10, 30, 30, 40, 40);

  it('keeps the best of boxes of a class that overlap, and those of other classes', () => {
    const classes = Int32Array.of(0, 0, 1, 0);
    expect(suppressWithinClasses([0, 1, 2, 3], boxes, classes, 0.65)).toEqual([0, 2, 3]);
    expect(suppressWithinClasses([1, 0, 2, 3], boxes, classes, 0.65)).toEqual([1, 2, 3]);
    expect(suppressWithinClasses([0, 1, 2, 3], boxes, classes, 0.85)).toHaveLength(4);
  });
});

describe('writeEvidence', () => {
  const place = { boxes: Float32Array.of(0, 0, 32, 64), boxAt: 0, width: 64, height: 64 };
  const evidence = (scores: readonly number[], objectness = 0.5) => {
    const latents = new Float32Array(2 * denseLatentLength).fill(7);
    writeEvidence(latents, denseLatentLength, Float32Array.from(scores), objectness, place);
    expect(latents.slice(0, denseLatentLength).every((value) => value === 7)).toBe(true);
    return latents.slice(denseLatentLength);
  };

  it('holds clipped logits of class scores and objectness', () => {
    const latent = evidence([0.5, 0.9, 0, 1]);
    expect([...latent.slice(0, 5)]).toEqual([0, expect.closeTo(Math.log(9) / 8), -1, 1, 0]);
    expect(latent[120]).toBe(0);
    expect(latent[126]).toBe(1);
    expect(latent[127]).toBe(1);
  });

  it('keeps the larger score where classes share a value', () => {
    const scores = new Array<number>(240).fill(0);
    scores[3] = 0.2;
    scores[123] = 0.9;
    expect(evidence(scores)[3]).toBeCloseTo(Math.log(9) / 8);
  });

  it('holds the shape of the box, and how undecided the scores are', () => {
    const latent = evidence([0.4, 0.4]);
    expect(latent[121]).toBeCloseTo((Math.log(0.5) + 2.5) / 2.5);
    expect(latent[122]).toBeCloseTo(1);
    expect(latent[124]).toBeCloseTo(Math.log(0.5) / 2);
    expect(latent[125]).toBeCloseTo(1);
    expect(evidence([0.4, 0])[125]).toBe(0);
    expect(evidence([0.4])[125]).toBe(0);
  });

  it('stays finite for boxes without area and scores out of range', () => {
    const latents = new Float32Array(denseLatentLength);
    const empty = { ...place, boxes: new Float32Array(4) };
    writeEvidence(latents, 0, Float32Array.of(NaN, 2, -1), NaN, empty);
    expect(latents.every(Number.isFinite)).toBe(true);
  });
});
