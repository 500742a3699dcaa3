/**
 * Creates a seeded random number generator, uniform in [0, 1): `sfc32` (Chris Doty-Humphrey,
 * PractRand), with a period of at least 2^32. Reproducible on every machine.
 */
export function seededRandom(seed: number): () => number {
  let a = seed | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // Sequences of similar seeds take a dozen rounds to diverge.
  for (let round = 0; round < 12; round++) next();
  return next;
}
