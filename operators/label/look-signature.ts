import { appearanceLength, appearanceOf } from '../discover/appearance.ts';
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

let signs: Int8Array | null = null;

/**
 * The look of a crop embedding in 32 bytes: the signs of 256 fixed random projections of its
 * appearance about its mean (Charikar 2002, "SimHash"). Null for an empty embedding.
 */
export function lookOf(embedding: Float32Array): Uint8Array | null {
  if (embedding.length === 0) return null;
  const appearance = appearanceOf(embedding);
  const mean = appearance.reduce((sum, value) => sum + value, 0) / appearance.length;
  signs ??= drawSigns();
  const look = new Uint8Array(lookBytes);
  for (let bit = 0; bit < bits; bit++) {
    const start = bit * appearanceLength;
    let sum = 0;
    for (let i = 0; i < appearanceLength; i++) sum += signs[start + i]! * (appearance[i]! - mean);
    if (sum > 0) look[bit >>> 3]! |= 1 << (bit & 7);
  }
  return look;
}

/** Correlation of two appearances, -1 to 1, as their signatures tell: within about 0.03 near 1. */
export function likenessOf(a: Uint8Array, b: Uint8Array): number {
  let different = 0;
  for (let i = 0; i < lookBytes; i++) different += bitsSet[a[i]! ^ b[i]!]!;
  return Math.cos((Math.PI * different) / bits);
}

function drawSigns(): Int8Array {
  const random = seededRandom(1);
  return Int8Array.from({ length: bits * appearanceLength }, () => (random() < 0.5 ? -1 : 1));
}
