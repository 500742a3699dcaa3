import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import {
  LiveEvidence,
  liveEvidenceLimits,
  type LiveNote,
} from '../../../operators/gate/live-evidence.ts';

const gone = () => undefined;
let notes = 0;
const note = (facts: Partial<LiveNote>): LiveNote => ({
  ...{ sampleId: `s${++notes}`, class: 'cone', active: 'cone', reference: 'cone' },
  ...facts,
});
const lost = () => note({ active: null });
const gained = () => note({ reference: null });

function started(): LiveEvidence {
  const evidence = new LiveEvidence();
  expect(evidence.swapped(2, 1, gone)).toBeNull();
  return evidence;
}

describe('live evidence', () => {
  it('asks for the head before once a class surely regressed', () => {
    const evidence = started();
    for (let i = 0; i < 3; i++) expect(evidence.note(lost())).toBeNull();
    expect(evidence.note(lost())).toEqual({
      ...{ class: 'cone', version: 1, lost: 4, gained: 0 },
      reason: 'cone: 0 of 4 labelled live samples, 4 by head 1',
    });
  });

  it('counts gains against losses, and samples that both heads take alike not at all', () => {
    const evidence = started();
    for (let i = 0; i < 50; i++) expect(evidence.note(note({}))).toBeNull();
    for (let i = 0; i < 20; i++) {
      expect(evidence.note(lost())).toBeNull();
      expect(evidence.note(gained())).toBeNull();
    }
  });

  it('needs more where it watches more classes', () => {
    const evidence = started();
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) evidence.note(note({ class: name }));
    const decided = Array.from({ length: 8 }, () => evidence.note(lost()) !== null);
    expect(decided.indexOf(true)).toBe(6);
  });

  it('notices a head that fires on what is none of the classes', () => {
    const evidence = started();
    const fires = () => evidence.note(note({ class: null, active: 'cone', reference: null }));
    expect([fires(), fires(), fires()]).toEqual([null, null, null]);
    expect(fires()).toMatchObject({ class: null, version: 1 });
  });

  it('takes a sample that is not of a class as right under any other', () => {
    const evidence = started();
    const notVase = { class: null, not: ['vase'], active: 'cone', reference: null };
    for (let i = 0; i < 20; i++) expect(evidence.note(note(notVase))).toBeNull();
  });

  it('counts a sample once, and not after its label was taken back', () => {
    const evidence = started();
    const same = lost();
    for (let i = 0; i < 20; i++) expect(evidence.note(same)).toBeNull();
    const others = [lost(), lost()];
    for (const other of others) evidence.note(other);
    evidence.withdraw(others[0]!.sampleId);
    expect(evidence.note(lost())).toBeNull();
    expect(evidence.note(lost())).not.toBeNull();
  });

  it('keeps its reference over swaps, and predicts anew what a later head mended', () => {
    const evidence = started();
    for (let i = 0; i < 3; i++) evidence.note(lost());
    expect(evidence.swapped(3, 2, () => ({ active: 'cone', reference: 'cone' }))).toBeNull();
    expect(evidence.referenceVersion).toBe(1);
    expect(evidence.note(lost())).toBeNull();
    // The next head has lost all of them.
    expect(evidence.swapped(4, 3, () => ({ active: null, reference: 'cone' }))).toMatchObject({
      version: 1,
      lost: 4,
    });
  });

  it('starts over after a rollback', () => {
    const evidence = started();
    for (let i = 0; i < 3; i++) evidence.note(lost());
    evidence.rolledBack();
    expect(evidence.referenceVersion).toBeNull();
    expect(evidence.note(lost())).toBeNull();
    evidence.swapped(5, 1, gone);
    expect(evidence.note(lost())).toBeNull();
  });

  it('trusts a head that showed no regression for long', () => {
    const evidence = started();
    for (let i = 0; i < liveEvidenceLimits.notesMax; i++) evidence.note(note({}));
    expect(evidence.referenceVersion).toBe(2);
  });

  it('follows a renamed class', () => {
    const evidence = started();
    for (let i = 0; i < 3; i++) evidence.note(lost());
    evidence.rename('cone', 'pylon');
    const pylon = note({ class: 'pylon', active: null, reference: 'pylon' });
    expect(evidence.note(pylon)).toMatchObject({ class: 'pylon', lost: 4 });
  });

  it('rolls back at most one of ten heads that are no worse, however long it watches', () => {
    let rolledBack = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const random = seededRandom(seed);
      const evidence = started();
      for (let i = 0; i < 150; i++) {
        const name = `c${Math.floor(random() * 5)}`;
        const take = () => (random() < 0.8 ? name : null);
        const noted = evidence.note(note({ class: name, active: take(), reference: take() }));
        if (noted === null) continue;
        rolledBack++;
        break;
      }
    }
    expect(rolledBack).toBeLessThanOrEqual(10);
  });
});
