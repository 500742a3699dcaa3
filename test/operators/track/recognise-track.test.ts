import { describe, expect, it } from 'vitest';
import {
  recognitionDefaults,
  recogniseTrack,
  type LearnedScores,
} from '../../../operators/track/recognise-track.ts';
import { trackerDefaults } from '../../../operators/track/tracker-options.ts';

const noClasses: LearnedScores = {
  classes: [],
  scores: [],
  thresholds: [],
  cropScores: null,
  usesCrops: false,
};
const cone = (score: number, cropScore: number | null): LearnedScores => ({
  classes: ['cone'],
  scores: [score],
  thresholds: [0.4],
  cropScores: cropScore === null ? null : [cropScore],
  usesCrops: false,
});

describe('nameTrack', () => {
  it('recognises nothing below both thresholds', () => {
    expect(recogniseTrack(null, noClasses)).toBeNull();
    expect(recogniseTrack({ class: 'kite', score: 0.34 }, cone(0.39, 0.9))).toBeNull();
  });

  it('recognises a base class from its minimum score on', () => {
    expect(recogniseTrack({ class: 'kite', score: 0.35 }, noClasses)).toEqual({
      class: 'kite',
      score: 0.35,
      by: 'base',
    });
  });

  it('recognises a learned class from its threshold on, without a base class', () => {
    const learned = { class: 'cone', score: 0.4, by: 'learned' };
    expect(recogniseTrack({ class: 'kite', score: 0.2 }, cone(0.4, null))).toEqual(learned);
  });

  it('takes a share of the threshold by crops, that of tracks for tracks', () => {
    const options = { ...recognitionDefaults, learnedShare: 0.75 };
    expect(recogniseTrack(null, cone(0.31, 0.5), null, options)?.class).toBe('cone');
    expect(recogniseTrack(null, cone(0.29, 0.5), null, options)).toBeNull();
    expect(recogniseTrack(null, cone(0.33, 0.5), null, trackerDefaults)?.class).toBe('cone');
    expect(recogniseTrack(null, cone(0.31, 0.5), null, trackerDefaults)).toBeNull();
    expect(recogniseTrack(null, cone(0.39, null), null, trackerDefaults)).toBeNull();
  });

  it('keeps the base class against a learned score without a crop', () => {
    expect(recogniseTrack({ class: 'kite', score: 0.4 }, cone(1, null))?.by).toBe('base');
  });

  it('lets a learned class overrule only with a high crop score above the base score', () => {
    expect(recogniseTrack({ class: 'kite', score: 0.4 }, cone(0.5, 0.59))?.by).toBe('base');
    expect(recogniseTrack({ class: 'kite', score: 0.4 }, cone(0.5, 0.6))?.by).toBe('learned');
    expect(recogniseTrack({ class: 'kite', score: 0.8 }, cone(0.7, 0.79))?.by).toBe('base');
  });

  it('keeps only a recognised class whose score falls slightly below its threshold', () => {
    const kite = { class: 'kite', score: 0.4, by: 'base' as const };
    expect(recogniseTrack({ class: 'kite', score: 0.29 }, noClasses, kite)?.by).toBe('base');
    expect(recogniseTrack({ class: 'kite', score: 0.27 }, noClasses, kite)).toBeNull();
    expect(recogniseTrack({ class: 'bird', score: 0.29 }, noClasses, kite)).toBeNull();
    const learned = { class: 'cone', score: 0.5, by: 'learned' as const };
    expect(recogniseTrack(null, cone(0.33, null), learned)?.by).toBe('learned');
    expect(recogniseTrack(null, cone(0.31, null), learned)).toBeNull();
    expect(recogniseTrack({ class: 'kite', score: 0.4 }, cone(0.5, 0.5), learned)?.by).toBe(
      'learned',
    );
    expect(recogniseTrack({ class: 'kite', score: 0.4 }, cone(0.5, 0.5), null)?.by).toBe('base');
  });

  it('recognises only cropped tracks under a head with a crop layer', () => {
    const uncropped: LearnedScores = { ...cone(1, null), usesCrops: true };
    expect(recogniseTrack(null, uncropped)).toBeNull();
    expect(recogniseTrack(null, { ...cone(0.4, 0.5), usesCrops: true })?.class).toBe('cone');
    // Where no crops are embedded there is nothing to wait for.
    const options = { ...recognitionDefaults, cropRequired: false };
    expect(recogniseTrack(null, uncropped, null, options)?.class).toBe('cone');
  });

  it('selects the best of the classes that reach their thresholds', () => {
    const scores = {
      classes: ['a', 'b', 'c'],
      scores: [0.5, 0.6, 0.7],
      thresholds: [0.4, 0.4, 0.8],
    };
    expect(recogniseTrack(null, { ...scores, cropScores: null, usesCrops: false })?.class).toBe(
      'b',
    );
  });

  it('reports scores between 0 and 1', () => {
    expect(recogniseTrack({ class: 'kite', score: 1.2 }, noClasses)?.score).toBe(1);
  });
});
