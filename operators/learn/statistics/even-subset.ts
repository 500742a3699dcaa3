/**
 * An evenly spread share, 0..1, of the indices below `count`. A smaller share is a subset of every
 * larger one, because multiples of the golden ratio are spread evenly at any length.
 */
export function evenSubset(count: number, share: number): number[] {
  const golden = (Math.sqrt(5) - 1) / 2;
  return Array.from({ length: count }, (_, i) => i).filter((i) => ((i + 0.5) * golden) % 1 < share);
}
