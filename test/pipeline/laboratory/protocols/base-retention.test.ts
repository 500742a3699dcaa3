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

/** Runs over a picture of a person, of which the base model is sure, and one of a dog, of which `dog` is told. */
async function run(dog: Partial<Observation>, more: readonly Observation[] = []) {
  const { session, lessons } = fakeSession(train, test, ({ id }) =>
    id === 'person'
      ? [placeAt(here, { baseClass: 'person', baseScore: 0.9, baseShare: 0.9 })]
      : [placeAt(here, { baseClass: 'dog', baseShare: 0.9, ...dog }), ...more],
  );
  return { ...(await baseRetention.run(session)), lessons };
}

describe('base retention', () => {
  it('loses nothing where no learned name falls on what the base model knew', async () => {
    const outcome = await run({ baseScore: 0.6 });
    expect(outcome.lessons).toHaveLength(2);
    expect(outcome).toMatchObject({ map50: one, map: one, forgetting: 0, bwt: -0, omega: null });
    expect(outcome.extra).toMatchObject({
      ...{
        baseMap50Before: one,
        baseMap50After: one,
        newOnOldPerImage: 0,
        newElsewherePerImage: 0,
      },
      ...{ namedPrecisionBefore: 1, namedPrecisionAfter: 1, namedRecallAfter: 1 },
      ...{ oldAsUnknownBefore: 0, oldAsUnknownAfter: 0 },
    });
    expect(outcome.perClass['dog']).toEqual({ ap: one, ap50: one, objects: 1, step: null });
    const all = outcome.perStep.flatMap(({ introduced }) => introduced);
    expect(all.sort()).toEqual(['cup', 'hat']);
    expect(outcome.perStep.map(({ step, seen, map50Old }) => [step, seen, map50Old])).toEqual([
      [1, 1, one],
      [2, 2, one],
    ]);
  });

  it('loses a base detection whose place gets a learned name', async () => {
    const outcome = await run({ baseScore: 0.3, latent: latentLike('cup') });
    expect(outcome).toMatchObject({ map50: half, forgetting: half, bwt: expect.closeTo(-0.5) });
    expect(outcome.extra).toMatchObject({
      ...{ baseMap50Before: one, baseMap50After: half },
      ...{ newOnOldPerImage: 0.5, newElsewherePerImage: 0 },
      ...{ namedPrecisionBefore: 1, namedPrecisionAfter: 0.5 },
    });
  });

  it('loses base detections that overlap it as one place does, and no others', async () => {
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

  it('keeps a base name that is sure against a learned one that no look makes clear', async () => {
    const outcome = await run({ baseScore: 0.4, latent: latentLike('cup') });
    expect(outcome).toMatchObject({ map50: one, forgetting: 0 });
    expect(outcome.extra).toMatchObject({ newOnOldPerImage: 0 });
  });

  it('counts learned names beside the objects as false alarms of the picture', async () => {
    const alarm = placeAt(there, { latent: latentLike('hat') });
    const { extra, forgetting } = await run({ baseScore: 0.6 }, [alarm]);
    expect(forgetting).toBe(0);
    expect(extra).toMatchObject({ newOnOldPerImage: 0, newElsewherePerImage: 0.5 });
    expect(extra!['namedPrecisionAfter']).toBeCloseTo(2 / 3);
  });

  it('counts an object once, however many places name it rightly', async () => {
    const again = placeAt([10, 10, 30, 21], { baseClass: 'dog', baseScore: 0.5, baseShare: 0.9 });
    const { extra } = await run({ baseScore: 0.6 }, [again]);
    expect(extra).toMatchObject({ namedRecallBefore: 1 });
    expect(extra!['namedPrecisionBefore']).toBeCloseTo(2 / 3);
  });

  it('counts objects that are reported as unknown, until something is called by their place', async () => {
    const nameless = await run({ baseScore: 0.1 });
    expect(nameless.extra).toMatchObject({ oldAsUnknownBefore: 0.5, oldAsUnknownAfter: 0.5 });
    expect(nameless.extra).toMatchObject({ namedRecallBefore: 0.5, namedRecallAfter: 0.5 });
    const learned = await run({ baseScore: 0.1, latent: latentLike('cup') });
    expect(learned.extra).toMatchObject({ oldAsUnknownBefore: 0.5, oldAsUnknownAfter: 0 });
    const torn = await run({ baseScore: 0.6, baseShare: 0.2 });
    expect(torn.extra).toMatchObject({ oldAsUnknownBefore: 0.5, namedRecallBefore: 1 });
    expect(torn.extra).toMatchObject({ undoubtedRecallBefore: 0.5, undoubtedRecallAfter: 0.5 });
  });

  it('takes a place for an object from an overlap of a half on', async () => {
    const seenAt = async (bottom: number) =>
      (await run({ baseScore: 0.6, box: [10, 10, 30, bottom] })).extra;
    expect(await seenAt(20)).toMatchObject({ namedRecallBefore: 1, namedPrecisionBefore: 1 });
    expect(await seenAt(19)).toMatchObject({ namedRecallBefore: 0.5, namedPrecisionBefore: 0.5 });
  });

  it('passes over peaks that are too weak to name anything on live frames', async () => {
    const { extra } = await run({ baseScore: 0.6, objectness: 0.09 });
    expect(extra).toMatchObject({ namedRecallBefore: 0.5 });
  });

  it('learns no base class', async () => {
    const { session, lessons } = fakeSession([...train, ...test], test, () => []);
    await baseRetention.run(session);
    const labels = lessons.flat().flatMap(({ boxes }) => boxes.map(({ label }) => label));
    expect(labels.sort()).toEqual(['cup', 'hat']);
  });

  it('is refused without a class to learn, without a base class to test, and where a class is both', async () => {
    const refused = (...sets: [typeof train, typeof test]) =>
      expect(baseRetention.run(fakeSession(...sets, () => []).session)).rejects;
    await refused(test, test).toThrow(ProtocolError);
    await refused(train, [imageOf('x', [objectOf('pen')])]).toThrow('base classes to test');
    await refused(train, [...test, train[0]!]).toThrow('holds a class to learn: cup');
  });
});
