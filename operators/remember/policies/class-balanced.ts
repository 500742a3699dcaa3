import { largestClass, smallestKey, type EvictionPolicy } from '../eviction-policy.ts';

/**
 * Evicts at random from the class with the most bytes, so that a class seen ten times keeps its ten
 * samples while one seen ten thousand times loses some. A new sample of the largest class is kept
 * with the probability of a reservoir.
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
    clear: () => undefined,
  };
}
