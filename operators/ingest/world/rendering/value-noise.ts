/** Hashes integer coordinates to 0 ≤ value < 1 (Wellons' lowbias32). */
export function hash2(x: number, y: number, seed: number): number {
  let h = Math.imul(x, 0x27d4eb2f) ^ Math.imul(y, 0x165667b1) ^ seed;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** Smooth noise at one scale, 0 to 1: random values at integer coordinates, eased in between. */
export function valueNoise(x: number, y: number, seed: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const u = ease(x - left);
  const v = ease(y - top);
  const upper = mix(hash2(left, top, seed), hash2(left + 1, top, seed), u);
  const lower = mix(hash2(left, top + 1, seed), hash2(left + 1, top + 1, seed), u);
  return mix(upper, lower, v);
}

/** Noise at several scales, 0 to 1; each layer is twice as fine and half as strong as the last. */
export function layeredNoise(x: number, y: number, layers: number, seed: number): number {
  let sum = 0;
  let total = 0;
  for (let layer = 0, size = 1; layer < layers; layer++, size *= 2) {
    sum += valueNoise(x * size, y * size, seed + layer) / size;
    total += 1 / size;
  }
  return sum / total;
}

/** Linear interpolation from `a` at `t` = 0 to `b` at `t` = 1. */
export function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

/** 0 below `from`, 1 above `to`, smooth in between. */
export function smoothStep(from: number, to: number, value: number): number {
  return ease(Math.min(1, Math.max(0, (value - from) / (to - from))));
}

function ease(t: number): number {
  return t * t * (3 - 2 * t);
}
