import { describe, expect, it } from 'vitest';
import { BestHeads } from '../../../operators/gate/best-heads.ts';
import { evaluateCandidate } from '../../../operators/gate/gate.ts';
import type { GateSample } from '../../../operators/gate/gate-sample.ts';
import type { HeadDraft } from '../../../operators/learn/strategy.ts';
import { draft, sample } from '../swap/sample-head.ts';

const times = (n: number, of: GateSample): GateSample[] => Array.from({ length: n }, () => of);

/** Samples of class `index` of a head; a gain of at least 1 / score recalls each. */
function samplesOf(name: string, index: number, scores: readonly number[]): GateSample[] {
  return scores.map((score) => sample(name, [...new Array<number>(index).fill(0), score / 2]));
}

/** A head with a gain of its own for each class. */
function gains(classes: Record<string, number>): HeadDraft {
  const head = draft(Object.keys(classes));
  const weights = head.dense.weights.slice();
  Object.values(classes).forEach((gain, i) => {
    weights[i * head.dense.length + i] = gain;
  });
  return { ...head, dense: { ...head.dense, weights } };
}

describe('the gate on small samples', () => {
  it('names a class that falls, with counts, where that is not enough to tell', () => {
    const heldOut = [
      ...samplesOf('laptop', 0, [0.95, 0.1]),
      ...samplesOf('telescope', 1, [1.5, 1.5, 0.95, 0.1]),
    ];
    const active = gains({ laptop: 1.1, telescope: 1.1 });
    const candidate = gains({ laptop: 1, telescope: 1 });
    const verdict = evaluateCandidate({ candidate, active, heldOut });
    expect(verdict.reason).toBe(
      'no class fell beyond chance and tolerance on 6 held-out samples; ' +
        'laptop 1 of 2 → 0 of 2, not enough to tell; ' +
        'telescope 3 of 4 → 2 of 4, not enough to tell',
    );
    expect(verdict.perClass).toMatchObject([
      { class: 'laptop', status: 'fell', refused: false, hits: { before: 1, after: 0, best: 1 } },
      { class: 'telescope', status: 'fell', samples: 4 },
    ]);
  });

  it('refuses a class of which nothing is recalled any more', () => {
    const heldOut = [
      ...samplesOf('cone', 0, [0.95, 0.95]),
      ...Array.from({ length: 12 }, (_, i) => samplesOf(`c${i}`, 1 + i, [1.5, 1.5])).flat(),
    ];
    const others = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`c${i}`, 1]));
    const active = gains({ cone: 1.1, ...others });
    const candidate = gains({ cone: 1, ...others });
    expect(evaluateCandidate({ candidate, active, heldOut })).toMatchObject({
      accepted: false,
      code: 'class-fell',
      reason: 'cone 2 of 2 → 0 of 2, fell too far',
    });
  });

  it('names a class that rises', () => {
    const heldOut = samplesOf('cone', 0, [0.95, 0.95, 1.5]);
    const verdict = evaluateCandidate({
      candidate: gains({ cone: 1.1 }),
      active: gains({ cone: 1 }),
      heldOut,
    });
    expect(verdict.reason).toBe('no class fell on 3 held-out samples; cone 1 of 3 → 3 of 3');
  });

  it('refuses a head under which all classes fall a little', () => {
    const names = Array.from({ length: 8 }, (_, i) => `c${i}`);
    const heldOut = names.flatMap((name, i) => samplesOf(name, i, [1.5, 1.5, 1.5, 0.95]));
    const every = (gain: number) => gains(Object.fromEntries(names.map((name) => [name, gain])));
    const verdict = evaluateCandidate({ candidate: every(1), active: every(1.1), heldOut });
    expect(verdict).toMatchObject({ accepted: false, code: 'recall-fell' });
    expect(verdict.reason).toContain('8 known classes together 32 of 32 → 24 of 32, fell too far');
    expect(verdict.reason).toContain('c3 4 of 4 → 3 of 4, not enough to tell');
  });
});

describe('the gate and the best head of a class', () => {
  const scores = [0.51, 0.61, 0.71, 0.81, 0.91].map((score) => 2 * score);
  const heldOut = samplesOf('cone', 0, scores);
  // Each step loses one more of the five samples.
  const steps = [1, 0.97, 0.8, 0.7, 0.6, 0.5].map((gain) => gains({ cone: gain }));

  it('does not let small losses add up', () => {
    const heads = new Map<number, HeadDraft>([[1, steps[0]!]]);
    const best = new BestHeads();
    let active = 1;
    for (const [i, candidate] of steps.slice(1).entries()) {
      const verdict = evaluateCandidate({
        ...{ candidate, active: heads.get(active)!, heldOut },
        best: best.heads((version) => heads.get(version)),
      });
      if (!verdict.accepted) continue;
      heads.set(i + 2, candidate);
      best.note(verdict, i + 2, active);
      active = i + 2;
    }
    expect(active).toBe(2);
    expect(best.versions).toEqual([1]);
  });

  it('says what the best head recalled', () => {
    const verdict = evaluateCandidate({
      ...{ candidate: steps[2]!, active: steps[1]!, heldOut },
      best: new Map([['cone', steps[0]!]]),
    });
    expect(verdict).toMatchObject({
      accepted: false,
      reason: 'cone 4 of 5 → 3 of 5 (best 5 of 5), fell too far',
    });
  });

  it('does not keep out a head that is no worse than the active one', () => {
    const verdict = evaluateCandidate({
      ...{ candidate: steps[3]!, active: steps[3]!, heldOut },
      best: new Map([['cone', steps[0]!]]),
    });
    expect(verdict.accepted).toBe(true);
  });

  it('gives best heads that lack the class no say', () => {
    const verdict = evaluateCandidate({
      ...{ candidate: steps[1]!, active: steps[0]!, heldOut },
      best: new Map([['cone', draft(['vase'])]]),
    });
    expect(verdict.perClass[0]!.hits).toEqual({ before: 5, after: 4, best: 5 });
  });
});

describe('the gate and classes that come and go', () => {
  const cone = (n: number, score: number) => samplesOf('cone', 0, new Array<number>(n).fill(score));
  const newCone = (hits: number, misses: number) =>
    evaluateCandidate({
      candidate: gains({ cone: 1 }),
      active: draft([]),
      heldOut: [...cone(hits, 1.5), ...cone(misses, 0.5)],
    });

  it.each([
    [1, 0, 'no class fell on 1 held-out samples; cone: 1 of 1 held-out recalled, unproven'],
    [0, 4, 'no class fell on 4 held-out samples; cone: 0 of 4 held-out recalled, unproven'],
    [5, 0, 'no class fell on 5 held-out samples; cone: 5 of 5 held-out recalled'],
    [0, 0, 'there are no held-out samples to compare on; cone: no held-out samples, unproven'],
  ])('announces a new class with %i of its samples recalled and %i not', (hits, misses, reason) => {
    expect(newCone(hits, misses)).toMatchObject({ accepted: true, reason });
  });

  it('refuses a new class of which surely too little is recalled', () => {
    expect(newCone(0, 20)).toMatchObject({
      accepted: false,
      code: 'class-too-few',
      reason: 'cone: 0 of 20 held-out recalled, too few',
    });
  });

  it('lets withdrawn classes be missing, and no others', () => {
    const active = draft(['cone', 'typo', 'vase']);
    const input = { active, heldOut: [], withdrawn: ['typo'] };
    const candidate = draft(['cone', 'vase']);
    expect(evaluateCandidate({ ...input, candidate })).toMatchObject({
      accepted: true,
      reason: 'there are no held-out samples to compare on; typo withdrawn',
    });
    expect(evaluateCandidate({ ...input, candidate: draft(['cone']) })).toMatchObject({
      accepted: false,
      code: 'class-missing',
      reason: 'it no longer knows vase',
    });
  });

  it('takes up a head that removes a class even if another one moved, and says so', () => {
    const verdict = evaluateCandidate({
      candidate: gains({ cone: 1 }),
      active: gains({ cone: 1.1, typo: 1 }),
      heldOut: cone(8, 0.95),
      withdrawn: ['typo'],
    });
    expect(verdict).toMatchObject({
      accepted: true,
      reason: 'accepted to remove typo; cone 8 of 8 → 0 of 8, fell too far; typo withdrawn',
    });
  });

  it('compares a renamed class under its new name', () => {
    const heldOut = cone(4, 1.5).map((of) => ({ ...of, label: 'pylon' }));
    const input = {
      active: gains({ cone: 1 }),
      heldOut,
      renamed: new Map([['cone', 'pylon']]),
    };
    expect(evaluateCandidate({ ...input, candidate: gains({ pylon: 1 }) })).toMatchObject({
      accepted: true,
      perClass: [{ class: 'pylon', before: 1, after: 1, status: 'kept' }],
    });
    expect(evaluateCandidate({ ...input, candidate: gains({ pylon: 0.1 }) }).code).toBe(
      'class-fell',
    );
  });

  it('lets two old names become one', () => {
    const heldOut = [...samplesOf('cone', 0, [1.5, 1.5]), ...samplesOf('cone', 1, [1.5, 1.5])];
    const verdict = evaluateCandidate({
      candidate: draft(['cone']),
      active: draft(['cone', 'pylon']),
      heldOut,
      renamed: new Map([['pylon', 'cone']]),
    });
    expect(verdict.perClass).toMatchObject([{ class: 'cone', before: 1, after: 0.5 }]);
  });
});

describe('the gate and what fires wrongly', () => {
  it('refuses a class that is seen in objects of other classes', () => {
    // No head recalls these vases; the candidate takes them for cones.
    const vases = times(10, sample('vase', [0.45, 0.1]));
    const cones = times(10, sample('cone', [0.9]));
    const verdict = evaluateCandidate({
      candidate: gains({ cone: 1.2, vase: 1 }),
      active: gains({ cone: 1, vase: 1 }),
      heldOut: [...vases, ...cones],
    });
    expect(verdict).toMatchObject({ accepted: false, code: 'precision-fell' });
    expect(verdict.reason).toBe('cone fires on 0 → 10 of 10 other objects, too many');
    expect(verdict.perClass[0]!.falseAlarms).toEqual({ before: 0, after: 10, others: 10 });
  });

  it('holds against a class only what is said not to be of it', () => {
    const notVase = times(6, { ...sample(null, [0.9, 0]), not: ['vase'] });
    const active = gains({ cone: 0.1, vase: 1 });
    const candidate = gains({ cone: 1, vase: 1 });
    expect(evaluateCandidate({ candidate, active, heldOut: notVase }).accepted).toBe(true);
    const notCone = notVase.map((of) => ({ ...of, not: ['cone'] }));
    expect(evaluateCandidate({ candidate, active, heldOut: notCone })).toMatchObject({
      accepted: false,
      code: 'precision-fell',
    });
  });

  it('judges background by source', () => {
    const yard = times(8, sample(null, [0.45], { source: 'yard' }));
    const door = times(192, sample(null, [0.1], { source: 'door' }));
    const verdict = evaluateCandidate({
      candidate: gains({ cone: 1.2 }),
      active: gains({ cone: 1 }),
      heldOut: [...door, ...yard],
    });
    expect(verdict).toMatchObject({ accepted: false, code: 'background-rose' });
    expect(verdict.reason).toBe(
      'background of yard fires 0 of 8 → 8 of 8, too often; background fires 0 of 200 → 8 of 200',
    );
    expect(verdict.background.sources).toEqual([
      { source: 'door', before: 0, after: 0, samples: 192 },
      { source: 'yard', before: 0, after: 8, samples: 8 },
    ]);
  });

  it('does not let small rises on background add up without end', () => {
    const background = [0.3, 0.42, 0.44, 0.46, 0.48].flatMap((score) =>
      times(score === 0.3 ? 120 : 20, sample(null, [score])),
    );
    const at = (gain: number) => gains({ cone: gain });
    const accepted = (active: number, candidate: number) =>
      evaluateCandidate({ candidate: at(candidate), active: at(active), heldOut: background })
        .accepted;
    expect(accepted(1.1, 1.101)).toBe(true);
    expect(accepted(1.13, 1.15)).toBe(false);
  });
});
