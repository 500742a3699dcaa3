import { describe, expect, it } from 'vitest';
import { unpackFloat16 } from '../../../../../operators/foundation/numbers/float16.ts';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import {
  ProductQuantiser,
  trainQuantiser,
  type QuantiserOptions,
} from '../../../../../operators/learn/strategies/rehearsal/product-quantiser.ts';

function train(rows: Float32Array, options: Partial<QuantiserOptions> = {}): ProductQuantiser {
  const steps = trainQuantiser(rows, {
    length: 10,
    groupLength: 4,
    words: 256,
    rounds: 10,
    random: seededRandom(1),
    ...options,
  });
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Rows of halves and quarters, which are exact in float16. */
function makeRows(count: number, seed = 4): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count * 10 }, () => Math.floor(random() * 64) / 4);
}

function meanSquaredError(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length;
}

function roundTrip(quantiser: ProductQuantiser, rows: Float32Array): Float32Array {
  return unpackFloat16(quantiser.decode(quantiser.encode(rows)));
}

describe('product quantiser', () => {
  it('decodes vectors exactly if there is a word for each', () => {
    const rows = makeRows(20);
    const quantiser = train(rows);
    expect(quantiser.words).toBe(20);
    expect(quantiser.codeLength).toBe(3);
    const codes = quantiser.encode(rows);
    expect(codes).toHaveLength(60);
    expect(unpackFloat16(quantiser.decode(codes))).toEqual(rows);
  });

  it('has a smaller error with more words, far below that of the mean', () => {
    const rows = makeRows(400);
    const errors = [2, 16, 128].map((words) => {
      const quantiser = train(rows, { words });
      return meanSquaredError(rows, roundTrip(quantiser, rows));
    });
    const variance = meanSquaredError(rows, new Float32Array(rows.length).fill(8));
    expect(errors[0]).toBeLessThan(variance);
    expect(errors[1]).toBeLessThan(0.7 * errors[0]!);
    expect(errors[2]).toBeLessThan(0.5 * errors[1]!);
  });

  it('puts words at the means of well separated clusters', () => {
    const random = seededRandom(8);
    const rows = Float32Array.from(
      { length: 200 * 10 },
      (_, i) => (Math.floor(i / 10) % 2 === 0 ? 10 : -10) + random() - 0.5,
    );
    const { codebooks, words } = train(rows, { words: 2, groupLength: 10 });
    expect(words).toBe(2);
    const quantiser = new ProductQuantiser(10, 10, 2, codebooks);
    const centres = unpackFloat16(quantiser.decode(Uint8Array.of(0, 1)));
    expect([...centres].every((value) => Math.abs(Math.abs(value) - 10) < 0.15)).toBe(true);
    expect(Math.sign(centres[0]!)).toBe(-Math.sign(centres[10]!));
  });

  it('encodes vectors it was not trained on as the nearest words', () => {
    const quantiser = train(makeRows(300), { words: 256 });
    const others = makeRows(50, 9);
    const decoded = roundTrip(quantiser, others);
    expect(quantiser.encode(decoded)).toEqual(quantiser.encode(others));
    expect(meanSquaredError(others, decoded)).toBeLessThan(12);
  });

  it('counts its codebooks as two bytes per value', () => {
    expect(train(makeRows(100), { words: 16 }).bytes).toBe(2 * 16 * 10);
  });

  it('is the same for the same seed, and differs for another', () => {
    const rows = makeRows(100);
    const one = train(rows, { words: 8 }).codebooks;
    expect(train(rows, { words: 8 }).codebooks).toEqual(one);
    expect(train(rows, { words: 8, random: seededRandom(2) }).codebooks).not.toEqual(one);
  });

  it('keeps a word that loses all its vectors', () => {
    // Two of the three words start equal, and the first takes all vectors.
    const rows = Float32Array.from({ length: 30 }, (_, i) => (i < 20 ? 1 : 3));
    const quantiser = train(rows, { groupLength: 10 });
    expect(roundTrip(quantiser, rows)).toEqual(rows);
  });

  it('refuses to train on nothing, and codebooks of the wrong size', () => {
    expect(() => train(makeRows(0))).toThrow('needs at least one vector');
    expect(() => new ProductQuantiser(10, 4, 3, new Uint16Array(29))).toThrow(
      '29 values are no 3 words over 10',
    );
  });
});
