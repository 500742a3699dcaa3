import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../../operators/detect/detected-frame.ts';
import { baseRetention } from '../../../../pipeline/laboratory/protocols/base-retention.ts';
import { ProtocolError } from '../../../../pipeline/laboratory/protocols/protocol.ts';
import { imageOf, objectOf } from '../learning/painted-set.ts';
import { fakeSession, latentLike, placeAt } from './fake-session.ts';

/** Up to the rounding of a sum over 101 recalls. */
const one: unknown = expect.closeTo(1);
const half: unknown = expect.closeTo(0.5);
const here: Box = [10, 10, 30, 30];
const there: Box = [40, 20, 60, 40];
const train = ['cup', 'hat'].map((name) => imageOf(name, [objectOf(name)]));
const test = ['person', 'dog'].map((name) => imageOf(name, [objectOf(name, here)]));

/** Runs over a picture of a person with a sure base label, and one of a dog described by `dog`. */
async function run(dog: Partial<Observation>, more: readonly Observation[] = []) {
  const { session, steps } = fakeSession(train, test, ({ id }) =>
    id === 'person'
      ? [placeAt(here, { baseClass: 'person', baseScore: 0.9, baseShare: 0.9 })]
      : [placeAt(here, { baseClass: 'dog', baseShare: 0.9, ...dog }), ...more],
  );
  return { ...(await baseRetention.run(session)), steps };
}

describe('base retention', () => {
  it('loses nothing where no learned label falls on a base object', async () => {
    const outcome = await run({ baseScore: 0.6 });
    expect(outcome.steps).toHaveLength(2);
    expect(outcome).toMatchObject({ map50: one, map: one, forgetting: 0, bwt: -0, omega: null });
    expect(outcome.extra).toMatchObject({
      baseMap50Before: one,
      baseMap50After: one,
      newOnOldPerImage: 0,
      newElsewherePerImage: 0,
      namedPrecisionBefore: 1,
      namedPrecisionAfter: 1,
      namedRecallAfter: 1,
      oldAsUnknownBefore: 0,
      oldAsUnknownAfter: 0,
    });
    expect(outcome.perClass['dog']).toEqual({ ap: one, ap50: one, objects: 1, step: null });
    const all = outcome.perStep.flatMap(({ introduced }) => introduced);
    expect(all.sort()).toEqual(['cup', 'hat']);
    expect(outcome.perStep.map(({ step, seen, map50Old }) => [step, seen, map50Old])).toEqual([
      [1, 1, one],
      [2, 2, one],
    ]);
  });

  it('loses a base detection whose place gets a learned label', async () => {
    const outcome = await run({ baseScore: 0.3, latent: latentLike('cup') });
    expect(outcome).toMatchObject({ map50: half, forgetting: half, bwt: expect.closeTo(-0.5) });
    expect(outcome.extra).toMatchObject({
      baseMap50Before: one,
      baseMap50After: half,
      newOnOldPerImage: 0.5,
      newElsewherePerImage: 0,
      namedPrecisionBefore: 1,
      namedPrecisionAfter: 0.5,
    });
  });

  it('loses only base detections that overlap the learned one enough to be the same place', async () => {
    const lostBeside = async (bottom: number) => {
      const { session } = fakeSession(train, test, ({ id }) => {
        const sure = placeAt(here, { baseClass: id, baseScore: 0.9, baseShare: 0.9 });
        if (id === 'person') return [sure];
        const raised = { latent: latentLike('cup'), objectness: 0.95, baseScore: 0.05 };
        return [placeAt([10, 10, 30, bottom], raised), { ...sure, baseScore: 0.3 }];
      });
      return (await baseRetention.run(session)).forgetting;
    };
    expect(await lostBeside(28)).toEqual(half);
    expect(await lostBeside(21)).toBe(0);
  });

  it('keeps a sure base label against a learned one without a crop embedding', async () => {
    const outcome = await run({ baseScore: 0.4, latent: latentLike('cup') });
    expect(outcome).toMatchObject({ map50: one, forgetting: 0 });
    expect(outcome.extra).toMatchObject({ newOnOldPerImage: 0 });
  });

  it('counts learned labels away from the objects as false positives per picture', async () => {
    const alarm = placeAt(there, { latent: latentLike('hat') });
    const { extra, forgetting } = await run({ baseScore: 0.6 }, [alarm]);
    expect(forgetting).toBe(0);
    expect(extra).toMatchObject({ newOnOldPerImage: 0, newElsewherePerImage: 0.5 });
    expect(extra!['namedPrecisionAfter']).toBeCloseTo(2 / 3);
  });

  it('counts an object once, however many places label it correctly', async () => {
    const again = placeAt([10, 10, 30, 21], { baseClass: 'dog', baseScore: 0.5, baseShare: 0.9 });
    const { extra } = await run({ baseScore: 0.6 }, [again]);
    expect(extra).toMatchObject({ namedRecallBefore: 1 });
    expect(extra!['namedPrecisionBefore']).toBeCloseTo(2 / 3);
  });

  it('counts objects reported as unknown, unless their place gets a learned label', async () => {
    const unlabelled = await run({ baseScore: 0.1 });
    expect(unlabelled.extra).toMatchObject({ oldAsUnknownBefore: 0.5, oldAsUnknownAfter: 0.5 });
    expect(unlabelled.extra).toMatchObject({ namedRecallBefore: 0.5, namedRecallAfter: 0.5 });
    const learned = await run({ baseScore: 0.1, latent: latentLike('cup') });
    expect(learned.extra).toMatchObject({ oldAsUnknownBefore: 0.5, oldAsUnknownAfter: 0 });
    const torn = await run({ baseScore: 0.6, baseShare: 0.2 });
    expect(torn.extra).toMatchObject({ oldAsUnknownBefore: 0.5, namedRecallBefore: 1 });
    expect(torn.extra).toMatchObject({ undoubtedRecallBefore: 0.5, undoubtedRecallAfter: 0.5 });
  });

  it('matches a place with an object from an IoU of 0.5 on', async () => {
    const figuresAt = async (bottom: number) =>
      (await run({ baseScore: 0.6, box: [10, 10, 30, bottom] })).extra;
    expect(await figuresAt(20)).toMatchObject({ namedRecallBefore: 1, namedPrecisionBefore: 1 });
    expect(await figuresAt(19)).toMatchObject({
      namedRecallBefore: 0.5,
      namedPrecisionBefore: 0.5,
    });
  });

  it('ignores peaks that are too weak for a label on live frames', async () => {
    const { extra } = await run({ baseScore: 0.6, objectness: 0.09 });
    expect(extra).toMatchObject({ namedRecallBefore: 0.5 });
  });

  it('learns no base class', async () => {
    const { session, steps } = fakeSession([...train, ...test], test, () => []);
    await baseRetention.run(session);
    const labels = steps.flat().flatMap(({ boxes }) => boxes.map(({ label }) => label));
    expect(labels.sort()).toEqual(['cup', 'hat']);
  });

  it('is rejected without a class to learn, without a base class to test, and if a class is both', async () => {
    const rejected = (...sets: [typeof train, typeof test]) =>
      expect(baseRetention.run(fakeSession(...sets, () => []).session)).rejects;
    await rejected(test, test).toThrow(ProtocolError);
    await rejected(train, [imageOf('x', [objectOf('pen')])]).toThrow('base classes to test');
    await rejected(train, [...test, train[0]!]).toThrow('holds a class to learn: cup');
  });
});
