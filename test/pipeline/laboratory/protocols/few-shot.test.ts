import { describe, expect, it, vi } from 'vitest';
import { fewShot, planShots } from '../../../../pipeline/laboratory/protocols/few-shot.ts';
import { setOf } from '../../../operators/datasets/set-of.ts';
import { imageOf, objectOf } from '../learning/painted-set.ts';
import { fakeSession } from './fake-session.ts';

const images = Array.from({ length: 12 }, (_, i) =>
  imageOf(String(i), [
    objectOf('cup', [i, 0, i + 9, 9]),
    objectOf('cup', [i, 20, i + 9, 29]),
    ...(i < 2 ? [objectOf('hat', [i, 30, i + 9, 39])] : []),
  ]),
);
const train = setOf(images);
const plan = (shots: number, seed = 1) => planShots({ train, seed }, ['cup', 'hat'], shots);

describe('few-shot steps', () => {
  it('label the given number of objects per class, or all there are', () => {
    const counts = plan(5).map(({ introduced, pictures }) => [
      introduced[0],
      pictures.flatMap(({ boxes }) => boxes).length,
    ]);
    expect(Object.fromEntries(counts)).toEqual({ cup: 5, hat: 2 });
  });

  it('warn once about classes with fewer objects, with their number', async () => {
    const { session } = fakeSession(images, images, () => []);
    const warn = vi.spyOn(session.log, 'warn');
    for (const { run } of fewShot) await run(session);
    expect(warn.mock.calls).toEqual([
      ['1 classes have fewer than 5 objects: hat 2'],
      ['1 classes have fewer than 20 objects: hat 2'],
    ]);
  });

  it('ignore the other objects of their pictures', () => {
    for (const { pictures } of plan(5)) {
      for (const { image, boxes, ignore } of pictures) {
        const labelled = boxes.map(({ box }) => box);
        expect([...labelled, ...ignore].sort()).toEqual(image.objects.map(({ box }) => box).sort());
      }
    }
  });

  it('depend on the seed', () => {
    const drawn = (seed: number) =>
      JSON.stringify(plan(1, seed).map(({ pictures }) => pictures.map(({ boxes }) => boxes)));
    expect(drawn(1)).toBe(drawn(1));
    expect(new Set([1, 2, 3, 4, 5].map(drawn)).size).toBeGreaterThan(1);
  });
});
