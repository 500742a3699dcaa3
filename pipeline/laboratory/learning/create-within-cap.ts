import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import {
  readsReplay,
  type StrategyOptions,
} from '../../../operators/learn/strategies/strategy-registry.ts';
import type { Strategy } from '../../../operators/learn/strategy.ts';
import type { CappedMemory } from '../../../operators/remember/capped-memory.ts';
import { createMemory } from '../../../operators/remember/create-memory.ts';
import { baseStrategyOf, createBenchStrategy } from './ablations.ts';
import { asStrategyError } from './bench-learner.ts';

/**
 * The sample memory's part of the cap for strategies that rehearse; the rest is for their state.
 */
const memoryShare = 3 / 4;

/** Options of {@link createWithinCap} besides a strategy's own. */
export interface MemoryOptions {
  readonly seed: number;
  /** Cap of the sample memory in bytes where there is no common cap. */
  readonly memoryBytes: number;
}

/**
 * Creates a strategy and, if it rehearses, a sample memory, together within `bytesMax` bytes.
 *
 * @throws {StrategyError} if the strategy rejects its part of the cap.
 */
export function createWithinCap(
  name: string,
  bytesMax: number | undefined,
  { memoryBytes, ...options }: Omit<StrategyOptions, 'bytesMax'> & MemoryOptions,
): { readonly strategy: Strategy; readonly memory: CappedMemory | null } {
  const rehearses = readsReplay(baseStrategyOf(name));
  const samplesMax = bytesMax === undefined ? memoryBytes : Math.floor(bytesMax * memoryShare);
  const stateMax = bytesMax === undefined || !rehearses ? bytesMax : bytesMax - samplesMax;
  // A random stream of its own: those of the strategy and the protocol start at the seed itself.
  const random = seededRandom(options.seed + 3 * 2 ** 32);
  try {
    return {
      strategy: createBenchStrategy(name, {
        ...options,
        ...(stateMax === undefined ? {} : { bytesMax: stateMax }),
      }),
      memory: rehearses ? createMemory('balanced', samplesMax, random) : null,
    };
  } catch (cause) {
    throw asStrategyError(name, rehearses ? samplesMax : null, cause);
  }
}
