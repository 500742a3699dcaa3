import { join } from 'node:path';

/** The file of the record store in a state folder. */
export function storePath(stateDir: string): string {
  return join(stateDir, 'store.db');
}
