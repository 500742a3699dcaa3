import { appearanceOf } from '../discover/appearance.ts';
import { seededRandom } from '../foundation/numbers/seeded-random.ts';

/** Bits of a signature; the share of bits that differ estimates the angle within 3 % of π. */
const bits = 256;
/** Bytes of a signature. */
export const lookBytes = bits / 8;

/** Bits set in each byte. */
const bitsSet = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) count++;
  return count;
});

/** Appearance is padded to a power of two, at least this. */
const paddedMin = 2048;

interface Projections {
  /** 1 or -1 per value of an appearance. */
  readonly signs: Float32Array;
  /** The transformed values whose signs are the bits. */
  readonly picked: Uint16Array;
}

/** The last ones drawn, and for which length. */
let drawn: (Projections & { readonly length: number }) | null = null;

/**
 * The look of a crop embedding in 32 bytes: the signs of 256 fixed random projections of its
 * appearance about its mean (Charikar 2002, "SimHash"), drawn as a randomised Hadamard transform
 * (Ailon and Chazelle 2009), which takes a fraction of the time. Null for an empty embedding.
 */
export function lookOf(embedding: Float32Array): Uint8Array | null {
  if (embedding.length === 0) return null;
  const appearance = appearanceOf(embedding, embedding.length);
  let mean = 0;
  for (const value of appearance) mean += value / appearance.length;
  const { length } = appearance;
  if (drawn?.length !== length) drawn = { length, ...drawProjections(length) };
  const { signs, picked } = drawn;
  const values = new Float32Array(paddedLength(length));
  for (let i = 0; i < appearance.length; i++) values[i] = signs[i]! * (appearance[i]! - mean);
  transform(values);
  const look = new Uint8Array(lookBytes);
  for (let bit = 0; bit < bits; bit++) {
    if (values[picked[bit]!]! > 0) look[bit >>> 3]! |= 1 << (bit & 7);
  }
  return look;
}

/** Correlation of two appearances, -1 to 1, as their signatures tell: within about 0.03 near 1. */
export function likenessOf(a: Uint8Array, b: Uint8Array): number {
  let different = 0;
  for (let i = 0; i < lookBytes; i++) different += bitsSet[a[i]! ^ b[i]!]!;
  return Math.cos((Math.PI * different) / bits);
}

/** The Walsh–Hadamard transform, in place and without scaling. */
function transform(values: Float32Array): void {
  for (let half = 1; half < values.length; half *= 2) {
    for (let start = 0; start < values.length; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const a = values[i]!;
        const b = values[i + half]!;
        values[i] = a + b;
        values[i + half] = a - b;
      }
    }
  }
}

function paddedLength(length: number): number {
  return Math.max(paddedMin, 2 ** Math.ceil(Math.log2(length)));
}

function drawProjections(length: number): Projections {
  const random = seededRandom(1);
  const signs = Float32Array.from({ length }, () => (random() < 0.5 ? -1 : 1));
  const order = Array.from({ length: paddedLength(length) }, (_, i) => [random(), i] as const);
  const picked = order.sort(([a], [b]) => a - b).map(([, i]) => i);
  return { signs, picked: Uint16Array.from(picked.slice(0, bits)) };
}
