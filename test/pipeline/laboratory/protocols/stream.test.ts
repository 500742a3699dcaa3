import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../../pipeline/laboratory/protocols/protocol.ts';
import { planStream, stream } from '../../../../pipeline/laboratory/protocols/stream.ts';
import { imageOf, objectOf } from '../learning/painted-set.ts';
import { fakeSession, latentLike, placeAt } from './fake-session.ts';

const names = ['cup', 'hat', 'pen', 'key'];
const many = Array.from({ length: 1500 }, (_, i) =>
  imageOf(String(i), [
    objectOf(names[i % 4]!, [i % 30, 0, 40, 20]),
    objectOf(names[(i + 1) % 4]!, [i % 30, 24, 40, 44]),
    ...(i === 3 ? [objectOf('cup', [50, 0, 60, 9], { crowd: true })] : []),
  ]),
);
const test = [imageOf('test', [objectOf('cup')])];

describe('labels of a stream', () => {
  const steps = planStream(many, 1);
  const pairs = steps.flatMap(({ pictures }) =>
    pictures.flatMap(({ image, boxes }) =>
      boxes.map(({ box, label }) => ({
        label,
        truth: image.objects.find((object) => object.box === box)!.class,
      })),
    ),
  );

  it('arrive in batches of 32 pictures, in order', () => {
    expect(steps.map(({ pictures }) => pictures.length)).toEqual([
      ...new Array<number>(46).fill(32),
      28,
    ]);
    expect(steps.flatMap(({ pictures }) => pictures.map(({ image }) => image))).toEqual(many);
  });

  it('are missing for a fifth of the objects, which then count as background', () => {
    expect(pairs.length / 3000).toBeCloseTo(0.8, 1);
    expect(Math.abs(pairs.length / 3000 - 0.8)).toBeLessThan(0.03);
    const ignored = steps.flatMap(({ pictures }) => pictures.flatMap(({ ignore }) => ignore));
    expect(ignored).toEqual([[50, 0, 60, 9]]);
  });

  it('are wrong for one object in twenty', () => {
    const wrong = pairs.filter(({ label, truth }) => label !== truth);
    expect(Math.abs(wrong.length / pairs.length - 0.05)).toBeLessThan(0.015);
    expect(new Set(wrong.map(({ label }) => label)).size).toBe(4);
  });

  it('never carry a wrong class that has not occurred before', () => {
    const late = many.map((image, i) => (i < 1400 ? imageOf(image.id, [objectOf('cup')]) : image));
    const plan = planStream(late, 1);
    const early = plan.slice(0, 43).flatMap(({ pictures }) => pictures.flatMap((p) => p.boxes));
    expect(new Set(early.map(({ label }) => label))).toEqual(new Set(['cup']));
    expect(plan[0]!.introduced).toEqual(['cup']);
    expect(plan.slice(1, 43).every(({ introduced }) => introduced.length === 0)).toBe(true);
    const introduced = plan.flatMap((step) => step.introduced);
    expect(introduced).toHaveLength(4);
    expect(introduced.toSorted()).toEqual(names.toSorted());
  });

  it('depend on the seed', () => {
    expect(planStream(many, 1)).toEqual(steps);
    expect(planStream(many, 2)).not.toEqual(steps);
  });
});

describe('a stream', () => {
  const cups = Array.from({ length: 160 }, (_, i) => imageOf(String(i), [objectOf('cup')]));
  const proposeCup = () => [placeAt([10, 10, 30, 30], { latent: latentLike('cup') })];

  it('is evaluated in the order of names, at least 64 pictures before labels arrive', async () => {
    const { session, predicted, steps } = fakeSession(cups.toReversed(), test, proposeCup);
    await stream.run(session);
    const streamed = predicted.filter(({ id }) => id !== 'test');
    expect(streamed.map(({ id }) => id)).toEqual(cups.map(({ id }) => id));
    expect(streamed.map((prediction) => prediction.steps)).toEqual([
      ...new Array<number>(32 + 64).fill(0),
      ...new Array<number>(32).fill(1),
      ...new Array<number>(32).fill(2),
    ]);
    expect(steps.map((pictures) => pictures[0]!.image.id)).toEqual(['0', '32', '64', '96', '128']);
  });

  it('counts objects of classes not learned yet as misses', async () => {
    const { session } = fakeSession(cups, test, proposeCup);
    const outcome = await stream.run(session);
    expect(outcome.map50).toBeCloseTo(1);
    // 64 of 160 are detected without an error: precision is 1 at the recalls 0, 0.01, … 0.4.
    expect(outcome.extra!['prequentialMap50']).toBeCloseTo(41 / 101);
    expect(outcome.extra).toMatchObject({ prequentialImages: 160 });
  });

  it('is evaluated on at most 400 pictures, evenly spaced', async () => {
    const { session, predicted } = fakeSession(many, test, () => []);
    const { extra } = await stream.run(session);
    expect(extra).toMatchObject({ prequentialImages: 375 });
    const streamed = predicted.filter(({ id }) => id !== 'test').map(({ id }) => Number(id));
    expect(streamed).toEqual(Array.from({ length: 375 }, (_, i) => i * 4));
  });

  it('is rejected for a set without learnable objects', async () => {
    const crowd = imageOf('x', [objectOf('cup', [0, 0, 9, 9], { crowd: true })]);
    const { session } = fakeSession([crowd], test, () => []);
    await expect(stream.run(session)).rejects.toThrow(ProtocolError);
  });
});
