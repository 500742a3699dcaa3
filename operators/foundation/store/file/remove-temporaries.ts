import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Removes what killed writers left in a folder and those in it: files that end in `.tmp`. */
export function removeTemporaries(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.tmp(-journal)?$/.test(name)) continue;
    const path = join(folder, name);
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) rmSync(path, { force: true });
  }
}
