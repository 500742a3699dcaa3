import { describe, expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../../operators/detect/engines/engine.ts';
import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import {
  HeldOutSplit,
  splitLimits,
  type SplitDecision,
  type SplitSubject,
} from '../../../operators/label/held-out-split.ts';
import { likenessOf, lookOf } from '../../../operators/label/look-signature.ts';

/** The look of an object: skewed like that of a feature map, and noisy. */
function look(object: number, noise = 0, seed = 1): Float32Array {
  const random = seededRandom(1000 + object);
  const noisy = seededRandom(seed);
  return Float32Array.from({ length: cropEmbeddingLength }, () =>
    Math.max(0, 4 * random() ** 4 + noise * (noisy() - 0.5)),
  );
}

let samples = 0;
const boxAt = (place: number): Box => [place * 50, 10, place * 50 + 40, 60];

function subject(facts: Partial<SplitSubject> = {}): SplitSubject {
  samples++;
  return {
    ...{ id: `s${samples}`, camera: 'yard', trackId: -samples },
    ...{ box: boxAt(samples), timestampMs: samples * 60_000 },
    ...facts,
  };
}

/** A new object of a class, each at a place, time and with a look of its own. */
const assignNew = (split: HeldOutSplit, name = 'cone'): SplitDecision => {
  const facts = subject();
  return split.assign(facts, name, look(samples));
};

describe('the side of an object', () => {
  it('is one for five labels of one box of one frame', () => {
    const split = new HeldOutSplit(0.2);
    for (let i = 0; i < 4; i++) assignNew(split);
    const box: Box = [100, 100, 140, 160];
    const sides = Array.from({ length: 5 }, (_, i) => {
      const near: Box = [100 + i, 100, 140 + i, 160];
      return split.assign(subject({ box: i < 3 ? box : near, timestampMs: 5000 }), 'cone', look(7));
    });
    expect(new Set(sides.map(({ objectId }) => objectId)).size).toBe(1);
    expect(sides.map(({ heldOut }) => heldOut)).toEqual([true, true, true, true, true]);
  });

  it('is one for an object that gets another track', () => {
    const split = new HeldOutSplit(0.5);
    assignNew(split);
    const first = split.assign(
      subject({ trackId: 4, box: boxAt(3), timestampMs: 1000 }),
      'cone',
      look(7),
    );
    // Detected again after a second; its look has changed, its place hardly.
    const box: Box = [155, 10, 195, 60];
    const again = split.assign(subject({ trackId: 9, box, timestampMs: 2000 }), 'cone', look(8));
    // The new track then moves away.
    const far = split.assign(subject({ trackId: 9, timestampMs: 9000 }), 'cone', look(9));
    expect([again.objectId, far.objectId]).toEqual([first.objectId, first.objectId]);
    expect([first, again, far].map(({ heldOut }) => heldOut)).toEqual([true, true, true]);
  });

  it('is one for a still object hours later, and for one that looks the same elsewhere', () => {
    const split = new HeldOutSplit(0.5);
    assignNew(split);
    const first = split.assign(subject({ box: boxAt(3), timestampMs: 0 }), 'cone', look(7));
    const hours = 9 * 3_600_000;
    const later = subject({ box: [152, 11, 192, 62], timestampMs: hours });
    expect(split.assign(later, 'cone', look(7, 0.8)).objectId).toBe(first.objectId);
    expect(split.assign(subject({ timestampMs: hours }), 'cone', look(7, 0.02)).objectId).toBe(
      first.objectId,
    );
    // Another thing at that place, and the same look in front of another camera.
    const other = subject({ box: boxAt(3), timestampMs: 2 * hours });
    expect(split.assign(other, 'cone', look(8)).objectId).not.toBe(first.objectId);
    const door = subject({ camera: 'door', box: boxAt(3), timestampMs: 0 });
    expect(split.assign(door, 'cone', look(7)).objectId).not.toBe(first.objectId);
  });

  it('is one whatever the object is called', () => {
    const split = new HeldOutSplit(0.5);
    assignNew(split);
    const track = { trackId: 3 };
    const first = split.assign(subject(track), 'cone', look(7));
    expect(split.assign(subject(track), 'vase', look(7))).toMatchObject({
      objectId: first.objectId,
      heldOut: true,
    });
  });

  it('is training once a sample joins objects of both sides', () => {
    const split = new HeldOutSplit(0.5);
    const trained = split.assign(subject({ trackId: 1 }), 'cone', look(1));
    const facts = [subject({ trackId: 2 }), subject({ trackId: 2 })];
    const held = facts.map((fact) => split.assign(fact, 'cone', look(2)));
    expect([trained, ...held].map(({ heldOut }) => heldOut)).toEqual([false, true, true]);
    // Looks like the one and has the track of the other.
    const joining = split.assign(subject({ trackId: 2 }), 'cone', look(1));
    expect(joining).toMatchObject({
      ...{ objectId: trained.objectId, heldOut: false },
      moved: facts.map(({ id }) => id),
      merged: [held[0]!.objectId],
    });
    // Another object is held out in its place.
    expect([assignNew(split), assignNew(split)].filter(({ heldOut }) => heldOut)).toHaveLength(1);
  });
});

describe('the held-out share of objects', () => {
  it('is kept over restarts', () => {
    let split = new HeldOutSplit(0.2);
    let heldOut = 0;
    for (let run = 0; run < 10; run++) {
      const contents = JSON.parse(JSON.stringify(split.contents)) as typeof split.contents;
      split = new HeldOutSplit(0.2, 100, contents);
      for (let i = 0; i < 4; i++) if (assignNew(split).heldOut) heldOut++;
    }
    expect(heldOut).toBe(8);
  });

  it('is the same where decisions are applied that were stored, without vectors', () => {
    const split = new HeldOutSplit(0.3);
    const entries = Array.from({ length: 60 }, (_, i) => {
      const facts = subject({ trackId: i % 25 });
      const decision = split.assign(facts, i % 2 === 0 ? 'cone' : '', look(i % 40));
      return { facts, className: i % 2 === 0 ? 'cone' : '', decision };
    });
    const folded = new HeldOutSplit(0.3);
    for (const { facts, className, decision } of entries) {
      folded.apply(facts, className, JSON.parse(JSON.stringify(decision)) as SplitDecision);
    }
    expect(folded.contents).toEqual(split.contents);
  });

  it('forgets the object that was not seen for longest beyond its bound', () => {
    const noLook = new Float32Array(0);
    const one = new HeldOutSplit(0.5);
    const first = one.assign(subject({ trackId: 1 }), 'cone', noLook);
    const { objects, ...rest } = one.contents;
    const others = Array.from({ length: splitLimits.objectsMax - 1 }, (_, i) => ({
      ...objects[0]!,
      id: `o${i + 2}`,
      sightings: [],
    }));
    const split = new HeldOutSplit(0.5, 100, {
      ...{ ...rest, newest: splitLimits.objectsMax },
      objects: [...objects, ...others],
    });
    split.assign(subject(), 'cone', noLook);
    expect(split.contents.objects).toHaveLength(splitLimits.objectsMax);
    expect(split.assign(subject({ trackId: 1 }), 'cone', noLook).objectId).not.toBe(first.objectId);
  });
});

it('a signature tells how much two looks correlate', () => {
  const signature = (object: number, noise = 0) => lookOf(look(object, noise))!;
  expect(likenessOf(signature(1), signature(1))).toBe(1);
  expect(likenessOf(signature(1), signature(1, 0.02))).toBeGreaterThan(0.97);
  expect(likenessOf(signature(1), signature(2))).toBeLessThan(0.4);
  expect(lookOf(new Float32Array(0))).toBeNull();
});
