import { backUpStore } from '../../operators/foundation/store/copies/back-up-store.ts';
import type { RecordCounts } from '../../operators/foundation/store/copies/record-counts.ts';
import { restoreStore } from '../../operators/foundation/store/copies/restore-store.ts';
import type { Log } from '../log.ts';
import { storePath } from '../state/store-path.ts';

/** Flags of `lifelens backup` and `lifelens restore`. */
export interface CopyFlags {
  readonly state: string;
}

/** Backs up a state folder to a new file; resolves with a line that says what is in it. */
export async function backUp(
  file: string,
  { state }: CopyFlags,
  log: Pick<Log, 'warn'>,
): Promise<string> {
  const { counts, damage } = await backUpStore(storePath(state), file);
  for (const line of damage) log.warn(line);
  return `${file} has ${countsText(counts)}\n`;
}

/** Restores a state folder from a backup; resolves with a line that says what is in it. */
export async function restore(file: string, { state }: CopyFlags): Promise<string> {
  return `${state} has ${countsText(await restoreStore(file, storePath(state)))}\n`;
}

function countsText(counts: RecordCounts): string {
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const kinds = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
  return `${all} records${all > 0 ? `: ${kinds}` : ''}`;
}
