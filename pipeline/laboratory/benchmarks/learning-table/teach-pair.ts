import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateSet, type EvalReport } from '../../../batch/evaluate-set.ts';
import { teach, type TeachReport } from '../../../batch/teach.ts';
import type { SeeingFlags } from '../../../configuration/config-flags.ts';
import { createLog } from '../../../log.ts';
import type { SetPair } from './table-sets.ts';

const log = createLog({ level: 'warn', format: 'auto' });
const { signal } = new AbortController();

/**
 * Teaches a new state in `folder` one half of a set as `lifelens teach` does, and evaluates it on
 * the other half. The gate lets every head through, since it is the head that is measured.
 */
export async function teachPair(
  { train, test }: SetPair,
  models: SeeingFlags,
  folder: string,
): Promise<{ readonly taught: TeachReport; readonly found: EvalReport }> {
  const state = mkdtempSync(join(folder, 'state-'));
  const config = join(folder, 'tolerant.yaml');
  writeFileSync(config, 'swap:\n  tolerance: 1\n');
  const taught = await teach({ ...models, config, train, state, seed: 1 }, log, signal);
  const found = await evaluateSet({ ...models, test, state }, log, signal);
  return { taught, found };
}
