import { seededRandom } from '../../operators/foundation/numbers/seeded-random.ts';
import type { Config } from '../configuration/config.ts';
import type { Log } from '../log.ts';
import { openState, type State } from './state-folder.ts';

/**
 * Opens the state folder `dir`, or a state in memory for null, with the settings of a
 * configuration. Damaged older heads are logged. Rejects as {@link openState} does.
 */
export function openConfiguredState(
  dir: string | null,
  { swap, remember, seed }: Pick<Config, 'swap' | 'remember' | 'seed'>,
  log: Pick<Log, 'warn'>,
): Promise<State> {
  return openState({
    dir,
    keepVersions: swap.keepVersions,
    policy: remember.policy,
    bytesMax: remember.bytesMax,
    random: seededRandom(seed),
    onDamaged: (message) => log.warn(message),
  });
}
