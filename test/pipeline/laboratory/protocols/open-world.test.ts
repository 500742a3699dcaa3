import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../../operators/detect/detected-frame.ts';
import { openWorld } from '../../../../pipeline/laboratory/protocols/open-world.ts';
import { ProtocolError } from '../../../../pipeline/laboratory/protocols/protocol.ts';
import { imageOf, objectOf } from '../learning/painted-set.ts';
import { fakeSession, latentLike, placeAt } from './fake-session.ts';

const cups = imageOf('cups', [objectOf('cup')]);
const hats = imageOf('hats', [objectOf('hat')]);
const images = [cups, hats];
/** With the sessions' seed, the hat is learned and the cup is not. */
const untaught = 'cup';
const here = images[0]!.objects[0]!.box;

/** Runs over a cup and a hat; `facts` and `more` apply to the picture of the cup. */
async function run(facts: Partial<Observation> = {}, more: readonly Observation[] = []) {
  const { session, steps } = fakeSession(images, images, ({ objects }) => {
    const name = objects[0]!.class;
    const place = placeAt(here, {
      latent: latentLike(name),
      ...(name === untaught ? facts : {}),
    });
    return name === untaught ? [place, ...more] : [place];
  });
  const { extra } = await openWorld.run(session);
  return { extra, steps };
}

const far = (facts: Partial<Observation> = {}) => placeAt([40, 20, 60, 40], facts);

describe('the open world', () => {
  it('learns half of the shared classes, drawn by the seed', async () => {
    const four = ['cup', 'hat', 'pen', 'key'].map((name) => imageOf(name, [objectOf(name)]));
    const taughtBy = async (seed: number) => {
      const foreign = imageOf('dogs', [objectOf('dog')]);
      const { session, steps } = fakeSession([...four, foreign], four, () => [], seed);
      const { extra } = await openWorld.run(session);
      expect(extra).toMatchObject({ taughtClasses: 2, unknownObjectsBefore: 4, unknownObjects: 2 });
      return steps.flatMap((pictures) => pictures.map(({ image }) => image.id)).sort();
    };
    expect(await taughtBy(3)).toEqual(await taughtBy(3));
    const drawn = await Promise.all([1, 2, 3, 4, 5, 6].map(taughtBy));
    expect(new Set(drawn.map(String)).size).toBeGreaterThan(1);
    expect(drawn.flat()).not.toContain('dogs');
  });

  it('reports an object without a label as unknown, before and after the others are learned', async () => {
    const { extra, steps } = await run();
    expect(steps.flat().flatMap(({ boxes }) => boxes.map(({ label }) => label))).toEqual(['hat']);
    expect(extra).toMatchObject({
      unknownRecallBefore: 1,
      unknownObjectsBefore: 2,
      falseUnknownsPerImageBefore: 0,
      unknownRecall: 1,
      unknownObjects: 1,
      falseUnknownsPerImage: 0,
      aOseObjects: 0,
    });
  });

  it('counts an unknown object with a base label as an open-set error and not as found', async () => {
    const sure = await run({ baseScore: 0.6, baseShare: 0.9 });
    expect(sure.extra).toMatchObject({ unknownRecall: 0, aOseObjects: 1, aOseObjectsLearned: 0 });
    expect(sure.extra).toMatchObject({ liveUnknownRecallAt2False: 0, liveAOseObjects: 1 });
  });

  it('counts a doubted base label as unknown, or under the live rule as a label, never as both', async () => {
    const torn = await run({ baseScore: 0.6, baseShare: 0.25 });
    expect(torn.extra).toMatchObject({ unknownRecall: 1, aOseObjects: 0, aOseObjectsLearned: 0 });
    expect(torn.extra).toMatchObject({ liveUnknownRecallAt2False: 0, liveAOseObjects: 1 });
  });

  it('counts an unknown object with a learned label as an open-set error of the head', async () => {
    const { extra } = await run({ latent: latentLike('hat') });
    expect(extra).toMatchObject({
      unknownRecallBefore: 1,
      aOseObjectsBefore: 0,
      wildernessImpactDhamijaBefore: null,
      wildernessImpactOwodBefore: null,
      aOseOwodBefore: 0,
      wildernessClassesBefore: 0,
    });
    expect(extra).toMatchObject({ unknownRecall: 0, aOseObjects: 1, aOseObjectsLearned: 1 });
    // As many detections of the taught class on unknown objects as on its own.
    expect(extra).toMatchObject({
      wildernessImpactDhamija: 1,
      wildernessClasses: 1,
      aOseOwod: 1,
      wildernessImpactOwod: 1 / 2,
    });
  });

  it('counts reports away from unknown objects as false', async () => {
    const { extra } = await run({}, [far({ objectness: 0.3 })]);
    expect(extra).toMatchObject({ unknownRecall: 1, falseUnknownsPerImage: 0.5 });
  });

  it('measures recall at a budget of false reports, at any objectness', async () => {
    const weak = { objectness: 0.05 };
    const others = [0, 1, 2].map((i) =>
      placeAt([i * 20, 36, i * 20 + 10, 46], { objectness: 0.06 }),
    );
    const within = await run(weak, others.slice(0, 2));
    expect(within.extra).toMatchObject({ unknownRecall: 0, falseUnknownsPerImage: 0 });
    expect(within.extra).toMatchObject({ unknownRecallAt1False: 1, unknownRecallAt2False: 1 });
    // Three false reports in two pictures rank above it.
    const beyond = await run(weak, others);
    expect(beyond.extra).toMatchObject({ unknownRecallAt1False: 0, unknownRecallAt2False: 1 });
  });

  it('excludes crowds and difficult objects', async () => {
    const crowd = imageOf('crowd', [objectOf(untaught, here, { crowd: true })]);
    const { session } = fakeSession(images, [...images, crowd], () => []);
    expect((await openWorld.run(session)).extra).toMatchObject({ unknownObjects: 1 });
  });

  it('is rejected for sets that share only one class', async () => {
    const { session } = fakeSession(images, [cups], () => []);
    await expect(openWorld.run(session)).rejects.toThrow(ProtocolError);
  });
});
