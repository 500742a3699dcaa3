import { describe, expect, it } from 'vitest';
import {
  recognitionDefaults,
  nameTrack,
  type LearnedScores,
} from '../../../operators/track/recognise-track.ts';

const nothing: LearnedScores = {
  classes: [],
  scores: [],
  thresholds: [],
  lookScores: null,
  readsLooks: false,
};
const cone = (score: number, look: number | null): LearnedScores => ({
  classes: ['cone'],
  scores: [score],
  thresholds: [0.4],
  lookScores: look === null ? null : [look],
  readsLooks: false,
});

describe('nameTrack', () => {
  it('names nothing that neither side is sure of', () => {
    expect(nameTrack(null, nothing)).toBeNull();
    expect(nameTrack({ class: 'kite', score: 0.34 }, cone(0.39, 0.9))).toBeNull();
  });

  it('takes the base name from its least score on', () => {
    expect(nameTrack({ class: 'kite', score: 0.35 }, nothing)).toEqual({
      class: 'kite',
      score: 0.35,
      by: 'base',
    });
  });

  it('takes a learned name from its own threshold on, where the base is silent', () => {
    const name = { class: 'cone', score: 0.4, by: 'learned' };
    expect(nameTrack({ class: 'kite', score: 0.2 }, cone(0.4, null))).toEqual(name);
  });

  it('keeps the base name against a learned score without a look', () => {
    expect(nameTrack({ class: 'kite', score: 0.4 }, cone(1, null))?.by).toBe('base');
  });

  it('lets a look overrule the base name only where it is clear and surer than the base', () => {
    expect(nameTrack({ class: 'kite', score: 0.4 }, cone(0.5, 0.59))?.by).toBe('base');
    expect(nameTrack({ class: 'kite', score: 0.4 }, cone(0.5, 0.6))?.by).toBe('learned');
    expect(nameTrack({ class: 'kite', score: 0.8 }, cone(0.7, 0.79))?.by).toBe('base');
  });

  it('keeps a name that wavers round what it took to get it, and only that name', () => {
    const kite = { class: 'kite', score: 0.4, by: 'base' as const };
    expect(nameTrack({ class: 'kite', score: 0.29 }, nothing, kite)?.by).toBe('base');
    expect(nameTrack({ class: 'kite', score: 0.27 }, nothing, kite)).toBeNull();
    expect(nameTrack({ class: 'bird', score: 0.29 }, nothing, kite)).toBeNull();
    const learned = { class: 'cone', score: 0.5, by: 'learned' as const };
    expect(nameTrack(null, cone(0.33, null), learned)?.by).toBe('learned');
    expect(nameTrack(null, cone(0.31, null), learned)).toBeNull();
    expect(nameTrack({ class: 'kite', score: 0.4 }, cone(0.5, 0.5), learned)?.by).toBe('learned');
    expect(nameTrack({ class: 'kite', score: 0.4 }, cone(0.5, 0.5), null)?.by).toBe('base');
  });

  it('lets a head that reads looks name nothing that was not looked at', () => {
    const unseen = { ...cone(1, null), readsLooks: true };
    expect(nameTrack(null, unseen)).toBeNull();
    expect(nameTrack(null, { ...cone(0.4, 0.5), readsLooks: true })?.class).toBe('cone');
    // Where no looks are taken there is nothing to wait for.
    const options = { ...recognitionDefaults, lookNeeded: false };
    expect(nameTrack(null, unseen, null, options)?.class).toBe('cone');
  });

  it('chooses the best of the classes that reach their thresholds', () => {
    const votes = {
      classes: ['a', 'b', 'c'],
      scores: [0.5, 0.6, 0.7],
      thresholds: [0.4, 0.4, 0.8],
    };
    expect(nameTrack(null, { ...votes, lookScores: null, readsLooks: false })?.class).toBe('b');
  });

  it('reports scores between 0 and 1', () => {
    expect(nameTrack({ class: 'kite', score: 1.2 }, nothing)?.score).toBe(1);
  });
});
