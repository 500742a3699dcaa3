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

/** Name of a way to choose what is kept. */
export type MemoryPolicy = keyof typeof policies;

/** Every policy there is. */
export const memoryPolicies = Object.keys(policies) as readonly MemoryPolicy[];

/** An empty memory of at most `bytesMax` bytes. `random` is uniform in [0, 1); seed it for runs that repeat. */
export function createMemory(
  policy: MemoryPolicy,
  bytesMax: number,
  random: () => number,
): CappedMemory {
  return new CappedMemory(policies[policy](), bytesMax, random);
}

/**
 * A memory with what {@link saveMemory} wrote, under a policy and a cap that may differ from then.
 * Throws {@link SealedFileError} where the bytes are not a whole memory file.
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
