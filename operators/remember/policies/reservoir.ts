import { smallestKey, type EvictionPolicy } from '../eviction-policy.ts';

/**
 * Keeps a uniform sample of all inserted samples regardless of class: those with the largest random
 * keys, which equals Algorithm R for equal sizes and stays well defined for unequal ones.
 * "Random sampling with a reservoir", Vitter, 1985.
 */
export function reservoir(): EvictionPolicy {
  return {
    name: 'reservoir',
    paper: 'Random sampling with a reservoir, Vitter, 1985',
    classBytes: 0,
    observe: () => undefined,
    unobserve: () => undefined,
    forgetClass: () => undefined,
    victim: smallestKey,
    clear: () => undefined,
  };
}
