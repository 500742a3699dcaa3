import { smallestKey, type EvictionPolicy } from '../eviction-policy.ts';

/**
 * Keeps a uniform sample of everything that came, whatever its class: the samples with the
 * largest random keys, which for equal sizes is Algorithm R and for unequal ones stays well defined.
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
    statistics: () => [],
    restore: () => undefined,
  };
}
