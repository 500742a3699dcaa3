import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { MeanLook } from '../../../../../pipeline/laboratory/benchmarks/recordings/mean-look.ts';

const length = 4;

function looks(count: number, seed: number): Float32Array[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => Float32Array.from({ length }, random));
}

/** Scores nothing: no head has learned crops. */
const unscored = () => null;

describe('the mean look of a track', () => {
  it('is the plain mean of its first ten looks', () => {
    const mean = new MeanLook();
    expect(mean.mean).toBeNull();
    const all = looks(10, 1);
    for (const look of all) mean.add(look, unscored);
    for (let i = 0; i < length; i++) {
      const expected = all.reduce((sum, look) => sum + look[i]!, 0) / all.length;
      expect(mean.mean![i]).toBeCloseTo(expected, 6);
    }
  });

  it('lets looks before the last ten fade', () => {
    const mean = new MeanLook();
    for (let i = 0; i < 30; i++) mean.add(Float32Array.of(1, 1, 1, 1), unscored);
    for (let i = 0; i < 30; i++) mean.add(Float32Array.of(0, 0, 0, 0), unscored);
    expect(mean.mean![0]).toBeCloseTo(0.9 ** 30, 6);
  });

  it('starts anew with a look that contradicts it', () => {
    const [cup, box] = [Float32Array.of(1, 0, 0, 0), Float32Array.of(0, 1, 0, 0)];
    const score = (look: Float32Array) =>
      Float32Array.of(0.98 * look[0]! + 0.005, 0.98 * look[1]! + 0.005);
    const mean = new MeanLook();
    mean.add(cup, score);
    mean.add(cup, score);
    mean.add(box, score);
    expect(mean.mean).toEqual(box);
    // Of one that is unsure of the two, it does not.
    mean.add(Float32Array.of(0.5, 0.5, 0, 0), score);
    expect(mean.mean).toEqual(Float32Array.of(0.25, 0.75, 0, 0));
  });

  it('starts anew where the background becomes a class by far', () => {
    const score = (look: Float32Array) => Float32Array.of(look[0]!);
    const mean = new MeanLook();
    mean.add(Float32Array.of(0.001, 0, 0, 0), score);
    mean.add(Float32Array.of(0.999, 0, 0, 0), score);
    expect(mean.mean![0]).toBeCloseTo(0.999, 6);
  });
});
