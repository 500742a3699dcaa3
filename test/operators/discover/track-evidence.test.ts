import { describe, expect, it } from 'vitest';
import {
  askingDefaults,
  isDue,
  isQuietlyKnown,
  isSteady,
  TrackEvidence,
} from '../../../operators/discover/track-evidence.ts';
import { observationAt, boxAt } from '../track/scene.ts';

type Heat = readonly [baseClass: string, baseScore: number, baseShare?: number, named?: boolean];

/** What is said of a track whose frames have these hottest classes with these scores. */
function accountOf(frames: readonly Heat[]) {
  const evidence = new TrackEvidence();
  for (const [baseClass, baseScore, baseShare = 1, named = false] of frames) {
    const observation = observationAt(boxAt(500, 500), { baseClass, baseScore, baseShare });
    const name = { class: baseClass, score: baseScore, by: 'base' } as const;
    evidence.add({ observation, recognition: named ? name : null });
  }
  return evidence.account;
}

/** So many frames in turn; their scores differ a little, as those of a camera do. */
const frames = (count: number, ...heats: Heat[]): Heat[] =>
  Array.from({ length: count }, (_, i) => {
    const [name, score, ...rest] = heats[i % heats.length]!;
    return [name, score + i / 1e4, ...rest];
  });

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
  });

  it('says which share of the heat of all base classes the leader holds', () => {
    const account = accountOf([
      ['bird', 0.3, 0.5],
      ['kite', 0.2, 0.25],
      ['bird', 0.5, 0.25],
    ]);
    expect(account.heat).toBeCloseTo(1 / 3);
    // 0.8 of 0.6 + 0.8 + 2.
    expect(account.leaderShare).toBeCloseTo(0.8 / 3.4);
    expect(accountOf([['bird', 0, 0]]).leaderShare).toBe(0);
  });

  it('ignores frames in which the track was missed', () => {
    const evidence = new TrackEvidence();
    evidence.add({ observation: null, recognition: null });
    expect(evidence.account).toEqual({
      leader: '',
      agreement: 0,
      leaderScore: 0,
      leaderShare: 0,
      heat: 0,
      namedShare: 0,
      frames: 0,
      repeats: 0,
    });
  });

  it('counts a picture that repeats itself once', () => {
    const still = Array.from({ length: 100 }, (): Heat => ['bird', 0.4]);
    expect(accountOf(still).frames).toBe(1);
    expect(isQuietlyKnown(accountOf(still), askingDefaults, false)).toBe(false);
  });
});

describe('an object', () => {
  const isKnown = (heats: readonly Heat[], isAsked = true) =>
    isQuietlyKnown(accountOf(heats), askingDefaults, isAsked);

  it('is known where one class is the hottest of all, however weakly', () => {
    expect(isKnown(frames(12, ['person', 0.2]))).toBe(true);
    expect(isKnown(frames(12, ['person', 0.1]))).toBe(false);
    expect(isKnown(frames(2, ['person', 0.2]))).toBe(false);
    expect(isKnown(frames(12, ['bird', 0.4], ['kite', 0.4]))).toBe(false);
  });

  it('is doubted where many other classes are heated beside that one', () => {
    // A vest on a lawn is an umbrella in every frame, and nearly as much a kite, a bird, a cup …
    expect(isKnown(frames(500, ['umbrella', 0.28, 0.11]))).toBe(false);
    expect(isKnown(frames(500, ['person', 0.28, 0.2]))).toBe(true);
  });

  it('is not doubted where frames name it all the same', () => {
    const weak = ['person', 0.3, 0.11] as const;
    const named = (of: number) =>
      frames(100, [...weak, true], ...Array.from({ length: of - 1 }, () => weak));
    expect(accountOf(named(10)).namedShare).toBeCloseTo(0.1);
    expect(isKnown(named(10), false)).toBe(true);
    expect(isKnown(named(8))).toBe(true);
    expect(isKnown(named(20))).toBe(false);
  });

  it('is doubted a little longer where it is asked about, so that questions do not come and go', () => {
    const standings = (heats: readonly Heat[]) => {
      let isAsked = false;
      return heats.map((_, i) => {
        isAsked = !isKnown(heats.slice(0, i + 1), isAsked);
        return isAsked;
      });
    };
    const changes = (heats: readonly Heat[]) =>
      standings(heats).filter((isAsked, i, all) => i > 0 && isAsked !== all[i - 1]).length;
    // Every tenth frame names it, so that a tenth of them do after each of these alone.
    const weak = ['person', 0.3, 0.11] as const;
    const nine = Array.from({ length: 9 }, () => weak);
    expect(changes(frames(120, ...nine, [...weak, true]))).toBe(0);
    // The share of the heat is now a little above, now a little below the least one.
    const around = [0.155, 0.155, 0.165, 0.17].map((share): Heat => ['person', 0.3, share]);
    expect(changes(frames(120, ...around))).toBeLessThanOrEqual(1);
    // Its mean score is now a little above, now a little below the least one.
    const faint = [0.13, 0.17, 0.16, 0.136].map((score): Heat => ['person', score]);
    expect(changes(frames(120, ...faint))).toBeLessThanOrEqual(1);
  });

  it('needs a little less agreement where nobody is asked about it', () => {
    const heats = frames(40, ['bird', 0.31], ['bird', 0.31], ['bird', 0.31], ['kite', 0.27]);
    expect(isKnown(heats)).toBe(false);
    expect(isKnown(heats, false)).toBe(true);
  });

  it('is asked about at once where classes disagree, else after a while', () => {
    const due = (heats: readonly Heat[], looks: number, waitedMs: number) =>
      isDue(accountOf(heats), { looks, waitedMs }, askingDefaults);
    const clear = frames(12, ['bird', 0.4], ['kite', 0.4], ['cup', 0.4]);
    expect(due(clear, 2, 0)).toBe(true);
    expect(due(clear, 1, 0)).toBe(false);
    expect(due(clear, 1, 1500)).toBe(true);
    const unclear = frames(12, ['bird', 0.4], ['bird', 0.4], ['cup', 0.4]);
    expect(due(unclear, 2, 4999)).toBe(false);
    expect(due(unclear, 2, 5000)).toBe(true);
    // Each class is more than a guess while it is the hottest, though half of the time none is.
    const turned = frames(60, ['laptop', 0.25], ['laptop', 0.25], ['chair', 0.25], ['chair', 0.2]);
    expect(accountOf(turned).leaderScore).toBeLessThan(askingDefaults.agreedScoreMin);
    expect(due(turned, 2, 4999)).toBe(false);
    expect(due(frames(12, ['bird', 0.1]), 2, 0)).toBe(true);
    const still = Array.from({ length: 9 }, (): Heat => ['bird', 0.4]);
    expect(due(still, 2, 0)).toBe(true);
    expect(due([], 2, 4999)).toBe(false);
    expect(due([], 1, 5000)).toBe(true);
  });

  it('may be weak once it was seen for long and classes disagree', () => {
    const steady = (heats: readonly Heat[]) => isSteady(accountOf(heats), askingDefaults);
    expect(steady(frames(30, ['bird', 0.14], ['kite', 0.14]))).toBe(true);
    expect(steady(frames(29, ['bird', 0.14], ['kite', 0.14]))).toBe(false);
    expect(steady(frames(30, ['bird', 0.14]))).toBe(false);
  });
});
