import { describe, expect, it } from 'vitest';
import {
  evidenceDefaults,
  isNameDoubted,
  isPartOfKnown,
  isQuietlyKnown,
  isSteady,
  TrackEvidence,
} from '../../../operators/discover/track-evidence.ts';
import { uncertaintyOf, worthOf } from '../../../operators/discover/worth.ts';
import { boxAt, observationAt, trackAt } from '../track/scene.ts';

const box = boxAt(500, 500);

/** What a track says whose frames have these hottest classes with these scores. */
function accountOf(
  frames: readonly (readonly [baseClass: string, baseScore: number])[],
  covering: readonly (typeof box)[] = [],
  isPlaceTaken = false,
) {
  const evidence = new TrackEvidence();
  for (const [baseClass, baseScore] of frames) {
    const track = trackAt(1, box, 0, { observation: observationAt(box, { baseClass, baseScore }) });
    evidence.add(track, covering, isPlaceTaken, evidenceDefaults);
  }
  return evidence.account;
}

const times = <T>(count: number, ...values: T[]): T[] =>
  Array.from({ length: count }, (_, i) => values[i % values.length]!);

describe('TrackEvidence', () => {
  it('adds up the heat of the hottest classes over the frames', () => {
    const account = accountOf([
      ['bird', 0.3],
      ['kite', 0.2],
      ['bird', 0.5],
    ]);
    expect(account.leader).toBe('bird');
    expect(account.agreement).toBeCloseTo(0.8);
    expect(account.leaderScore).toBeCloseTo(0.8 / 3);
    expect(account.frames).toBe(3);
    expect(uncertaintyOf(account)).toBeCloseTo(1 - 0.8 * (0.8 / 3));
  });

  it('ignores frames in which the track was missed', () => {
    const evidence = new TrackEvidence();
    evidence.add(trackAt(1, box, 0, { observation: null }), [box], true, evidenceDefaults);
    expect(evidence.account).toMatchObject({ frames: 0, leader: '', agreement: 0, partShare: 0 });
    expect(uncertaintyOf(evidence.account)).toBe(1);
  });

  it('takes a weak but constant class for knowledge, and a changing one for doubt', () => {
    const weakPerson = accountOf(times(12, ['person', 0.28]));
    expect(isQuietlyKnown(weakPerson, evidenceDefaults)).toBe(true);
    expect(isNameDoubted(weakPerson, evidenceDefaults)).toBe(false);
    const changing = accountOf(times(12, ['bird', 0.4], ['kite', 0.4]));
    expect(isQuietlyKnown(changing, evidenceDefaults)).toBe(false);
    expect(isNameDoubted(changing, evidenceDefaults)).toBe(true);
    expect(isNameDoubted(accountOf(times(6, ['bird', 0.4], ['kite', 0.4])), evidenceDefaults)).toBe(
      false,
    );
    expect(isQuietlyKnown(accountOf(times(12, ['person', 0.1])), evidenceDefaults)).toBe(false);
    expect(isQuietlyKnown(accountOf(times(2, ['person', 0.4])), evidenceDefaults)).toBe(false);
  });

  it('finds parts of larger objects, but no objects that overlap one of their size', () => {
    const frames = times(10, ['skis', 0.3] as const);
    const around = boxAt(520, 520, 300);
    expect(isPartOfKnown(accountOf(frames, [around]), evidenceDefaults)).toBe(true);
    expect(isPartOfKnown(accountOf(frames, [boxAt(505, 500, 90)]), evidenceDefaults)).toBe(false);
    expect(isPartOfKnown(accountOf(frames, [boxAt(900, 500, 300)]), evidenceDefaults)).toBe(false);
    expect(isPartOfKnown(accountOf(frames, [], true), evidenceDefaults)).toBe(true);
  });

  it('takes long sight without agreement for steadiness', () => {
    expect(isSteady(accountOf(times(40, ['bird', 0.1], ['kite', 0.1])), evidenceDefaults)).toBe(
      true,
    );
    expect(isSteady(accountOf(times(40, ['person', 0.1])), evidenceDefaults)).toBe(false);
    expect(isSteady(accountOf(times(20, ['bird', 0.1], ['kite', 0.1])), evidenceDefaults)).toBe(
      false,
    );
  });
});

describe('worthOf', () => {
  it('grows with novelty, uncertainty and, slower and slower, with sightings', () => {
    const facts = { novelty: 0.5, uncertainty: 0.8, sightings: 1 };
    expect(worthOf(facts)).toBeCloseTo(0.4);
    expect(worthOf({ ...facts, novelty: 1 })).toBeCloseTo(0.8);
    expect(worthOf({ ...facts, sightings: 3 })).toBeCloseTo(0.8);
    expect(worthOf({ ...facts, sightings: 7 })).toBeCloseTo(1.2);
    expect(worthOf({ ...facts, sightings: 0 })).toBeCloseTo(0.4);
    expect(worthOf({ ...facts, novelty: 0 })).toBe(0);
  });
});
