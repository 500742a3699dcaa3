import { largestClass, smallestKey, type EvictionPolicy } from '../eviction-policy.ts';

/**
 * Evicts from the class that holds the most bytes, at random within it, so that a class seen ten times
 * keeps its ten samples while one seen ten thousand times pays. Within a class that is
 * the largest itself, a newcomer stays with the chance of a reservoir.
 * "Online continual learning from imbalanced data", Chrysakis and Moens, 2020 (CBRS).
 */
export function classBalanced(): EvictionPolicy {
  return {
    name: 'balanced',
    paper: 'Online continual learning from imbalanced data, Chrysakis and Moens, 2020',
    classBytes: 0,
    observe: () => undefined,
    unobserve: () => undefined,
    forgetClass: () => undefined,
    victim: (entries) => smallestKey(largestClass(entries)),
    statistics: () => [],
    restore: () => undefined,
  };
}
