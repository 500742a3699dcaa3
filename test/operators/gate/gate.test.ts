import { describe, expect, it } from 'vitest';
import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../operators/detect/engines/engine.ts';
import type { HeadDraft } from '../../../operators/learn/strategy.ts';
import { evaluateCandidate } from '../../../operators/gate/gate.ts';
import type { GateSample } from '../../../operators/gate/gate-sample.ts';
import { draft, sample } from '../swap/sample-head.ts';

const times = (n: number, of: GateSample): GateSample[] => Array.from({ length: n }, () => of);
const clear = sample('cat', [0.9]);
/** Above the threshold of a head with gain 1, below it with gain 0.7. */
const faint = sample('cat', [0.6]);

const empty = draft([]);
const cats = draft(['cat']);
const weakCats = draft(['cat'], { gain: 0.7 });

describe('the gate', () => {
  it('accepts the first head', () => {
    const verdict = evaluateCandidate({ candidate: cats, active: empty, heldOut: times(4, clear) });
    expect(verdict).toMatchObject({ accepted: true, code: 'accepted' });
    expect(verdict.perClass).toEqual([
      {
        class: 'cat',
        ...{ before: null, after: 1, samples: 4 },
        hits: { before: null, after: 4, best: null },
        status: 'new',
        refused: false,
        falseAlarms: { before: null, after: 0, others: 0 },
      },
    ]);
    expect(verdict.background).toEqual({ before: null, after: null, samples: 0, sources: [] });
  });

  it('refuses a head that recalls a known class worse than the tolerance allows', () => {
    const heldOut = [...times(18, clear), ...times(2, faint)];
    const verdict = evaluateCandidate({ candidate: weakCats, active: cats, heldOut });
    expect(verdict).toMatchObject({ accepted: false, code: 'class-fell' });
    expect(verdict.reason).toBe('cat 20 of 20 → 18 of 20, fell too far');
    expect(verdict.perClass).toMatchObject([{ class: 'cat', before: 1, after: 0.9, samples: 20 }]);
    expect(
      evaluateCandidate({ candidate: weakCats, active: cats, heldOut, tolerance: 0.1 }).accepted,
    ).toBe(true);
  });

  it.each([1, 2, 5, 19])('accepts the loss of a single sample of %i', (n) => {
    const heldOut = [...times(n - 1, clear), faint];
    expect(evaluateCandidate({ candidate: weakCats, active: cats, heldOut }).accepted).toBe(true);
  });

  it.each([2, 5, 19])('refuses the loss of two samples of %i', (n) => {
    const heldOut = [...times(n - 2, clear), faint, faint];
    expect(evaluateCandidate({ candidate: weakCats, active: cats, heldOut }).code).toBe(
      'class-fell',
    );
  });

  it('allows exactly the tolerated share despite floating-point rounding', () => {
    const heldOut = [...times(71, clear), ...times(29, faint)];
    const acceptedAt = (tolerance: number) =>
      evaluateCandidate({ candidate: weakCats, active: cats, heldOut, tolerance }).accepted;
    expect(acceptedAt(0.29)).toBe(true);
    expect(acceptedAt(0.28)).toBe(false);
  });

  it('does not offset the loss of one class by the gain of another', () => {
    const active = draft(['cat', 'dog']);
    const weights = active.dense.weights.slice();
    weights[0] = 0.7;
    weights[active.dense.length + 1] = 2;
    const candidate: HeadDraft = { ...active, dense: { ...active.dense, weights } };
    const dog = sample('dog', [0, 0.3]);
    const verdict = evaluateCandidate({
      candidate,
      active,
      heldOut: [...times(9, dog), faint, faint],
    });
    expect(verdict.code).toBe('class-fell');
    expect(verdict.perClass).toMatchObject([
      { class: 'cat', before: 1, after: 0, samples: 2 },
      { class: 'dog', before: 0, after: 1, samples: 9 },
    ]);
  });

  it('counts a sample as recalled only if its own class scores best', () => {
    const active = draft(['cat']);
    const candidate = draft(['cat', 'dog']);
    const likeDog = sample('cat', [0.8, 0.9]);
    expect(evaluateCandidate({ candidate, active, heldOut: times(3, likeDog) }).code).toBe(
      'class-fell',
    );
  });

  it('refuses a head that fires more often on background', () => {
    const background = times(10, sample(null, [0.3]));
    const eager = draft(['cat'], { gain: 2 });
    const verdict = evaluateCandidate({ candidate: eager, active: cats, heldOut: background });
    expect(verdict).toMatchObject({ accepted: false, code: 'background-rose' });
    expect(verdict.background).toEqual({
      ...{ before: 0, after: 1, samples: 10 },
      sources: [{ source: 'yard', before: 0, after: 10, samples: 10 }],
    });
    expect(
      evaluateCandidate({ candidate: eager, active: empty, heldOut: background }).accepted,
    ).toBe(false);
    expect(
      evaluateCandidate({ candidate: cats, active: eager, heldOut: background }).accepted,
    ).toBe(true);
  });

  it('refuses a head that lacks a class of the active one, even without a sample of it', () => {
    const verdict = evaluateCandidate({ candidate: draft(['dog']), active: cats, heldOut: [] });
    expect(verdict).toMatchObject({ code: 'class-missing', reason: 'it no longer knows cat' });
    expect(verdict.perClass.map((entry) => entry.class)).toEqual(['dog', 'cat']);
  });

  it('compares classes by name, not by index', () => {
    const heldOut = [sample('cat', [0, 0.9]), sample('cat', [0, 0.9]), sample('dog', [0.9, 0])];
    const active = draft(['dog', 'cat']);
    const swapped = draft(['cat', 'dog']);
    expect(evaluateCandidate({ candidate: active, active, heldOut }).accepted).toBe(true);
    expect(evaluateCandidate({ candidate: swapped, active, heldOut }).code).toBe('class-fell');
  });

  it('combines crop score and objectness if the head and the sample have a crop', () => {
    const active = draft(['cat']);
    const weights = new Float32Array(denseLatentLength);
    weights[0] = 1;
    const objectness = { weights, bias: 0 };
    const candidate = { ...draft(['cat'], { crop: true }), objectness };
    const recall = (crop: number[] | null, dense: number) =>
      evaluateCandidate({
        candidate,
        active,
        heldOut: times(2, sample('cat', [dense], { crop })),
      }).perClass[0]!.after;
    expect(recall([0.9], 0.9)).toBe(1);
    expect(recall([0.05], 0.9)).toBe(0);
    expect(recall([0.9], 0.05)).toBe(0);
    expect(recall(null, 0.9)).toBe(1);
  });

  it.each<[string, (head: HeadDraft) => HeadDraft, string]>([
    [
      'not-finite',
      (head) => {
        const weights = head.dense.weights.slice();
        weights[3] = Number.NaN;
        return { ...head, dense: { ...head.dense, weights } };
      },
      'its dense weights holds NaN at 3',
    ],
    [
      'not-finite',
      (head) => ({ ...head, thresholds: Float32Array.of(Infinity) }),
      'its thresholds holds Infinity at 0',
    ],
    [
      'not-finite',
      (head) => ({ ...head, objectness: { ...head.objectness, bias: Number.NaN } }),
      'its objectness holds NaN at 0',
    ],
    [
      'malformed',
      (head) => ({ ...head, thresholds: new Float32Array(2) }),
      '2 thresholds for 1 classes',
    ],
    ['malformed', (head) => ({ ...head, classes: ['cat', 'cat'] }), 'a class is listed twice'],
    [
      'malformed',
      (head) => ({ ...head, crop: { ...head.dense } }),
      `its look layer has rows of ${denseLatentLength}, not ${cropEmbeddingLength}`,
    ],
    [
      'malformed',
      (head) => ({ ...head, dense: { ...head.dense, bias: new Float32Array(2) } }),
      'its dense layer has 128 weights and 2 biases for 1 rows',
    ],
  ])('refuses a head as %s without evaluating it', (code, damage, reason) => {
    const verdict = evaluateCandidate({ candidate: damage(cats), active: cats, heldOut: [clear] });
    expect(verdict).toMatchObject({ accepted: false, code, reason });
    expect(verdict.perClass[0]).toMatchObject({ before: 1, after: null });
  });
});
