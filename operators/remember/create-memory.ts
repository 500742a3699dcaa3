import { cropEmbeddingLength } from '../detect/engines/engine.ts';
import { CappedMemory, type MemoryChange } from './capped-memory.ts';
import type { EvictionPolicy } from './eviction-policy.ts';
import { classBalanced } from './policies/class-balanced.ts';
import { herding } from './policies/herding.ts';
import { reservoir } from './policies/reservoir.ts';

const policies = {
  balanced: classBalanced,
  reservoir,
  herding,
} satisfies Record<string, (embeddingLength: number) => EvictionPolicy>;

/** Name of an eviction policy. */
export type MemoryPolicy = keyof typeof policies;

/** Names of all eviction policies, the default first. */
export const memoryPolicies = Object.keys(policies) as readonly MemoryPolicy[];

/**
 * Creates an empty memory of at most `bytesMax` bytes. `random` is uniform in [0, 1).
 * `embeddingLength`: values of an embedding of the encoder in use. Default: the built-in one's.
 *
 * @example
 * import { createMemory } from 'lifelens';
 * import { seededRandom } from 'lifelens/testing';
 *
 * const memory = createMemory('balanced', 16 * 1024 ** 2, seededRandom(1));
 * console.log(memory.bytes, memory.bytesMax);
 */
export function createMemory(
  policy: MemoryPolicy,
  bytesMax: number,
  random: () => number,
  onChanged?: (change: MemoryChange) => void,
  embeddingLength: number = cropEmbeddingLength,
): CappedMemory {
  return new CappedMemory(policies[policy](embeddingLength), bytesMax, random, onChanged);
}
