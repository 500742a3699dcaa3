import { CappedMemory } from './capped-memory.ts';
import type { EvictionPolicy } from './eviction-policy.ts';
import { readMemory } from './memory-file.ts';
import { classBalanced } from './policies/class-balanced.ts';
import { herding } from './policies/herding.ts';
import { reservoir } from './policies/reservoir.ts';

const policies = {
  reservoir,
  balanced: classBalanced,
  herding,
} satisfies Record<string, () => EvictionPolicy>;

/** Name of an eviction policy. */
export type MemoryPolicy = keyof typeof policies;

/** Names of all eviction policies. */
export const memoryPolicies = Object.keys(policies) as readonly MemoryPolicy[];

/**
 * Creates an empty memory of at most `bytesMax` bytes. `random` is uniform in [0, 1).
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
): CappedMemory {
  return new CappedMemory(policies[policy](), bytesMax, random);
}

/**
 * Restores a memory from the bytes of `saveMemory`. The policy and the cap may differ from those it
 * was saved with.
 *
 * @throws SealedFileError for bytes that are not an intact memory file.
 */
export function loadMemory(
  bytes: Uint8Array,
  policy: MemoryPolicy,
  bytesMax: number,
  random: () => number,
): CappedMemory {
  const contents = readMemory(bytes);
  const memory = createMemory(policy, bytesMax, random);
  memory.load(contents);
  return memory;
}
