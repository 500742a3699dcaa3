import { copyFileSync, existsSync, linkSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Damaged files kept beside a store; older ones are removed. */
export const damagedKept = 2;

/**
 * Keeps `file` as `PATH.damaged-N` with its journal, without taking it away. Returns the path of
 * the copy.
 */
export function setAside(path: string, file: string): string {
  const earlier = damagedNumbers(path);
  const aside = damagedPath(path, (earlier.at(-1) ?? 0) + 1);
  try {
    linkSync(file, aside);
  } catch {
    // Some file systems have no links.
    copyFileSync(file, aside);
  }
  const surplus = earlier.slice(0, Math.max(0, earlier.length + 1 - damagedKept));
  for (const number of surplus) remove(path, number);
  return aside;
}

/**
 * Keeps the journal of `path` beside a copy that is set aside, and takes it away: it must not be
 * applied to another file.
 */
export function setJournalAside(path: string, aside: string): void {
  const journal = `${path}-journal`;
  if (existsSync(journal)) renameSync(journal, `${aside}-journal`);
}

/**
 * Removes the damaged files kept beside the store at `path`. They contain records that have been
 * removed since.
 */
export function removeDamagedCopies(path: string): void {
  for (const number of damagedNumbers(path)) remove(path, number);
}

/** Numbers of the damaged files beside a store, oldest first. */
function damagedNumbers(path: string): number[] {
  const prefix = `${basename(path)}.damaged-`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^\d{1,9}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b);
}

function remove(path: string, number: number): void {
  rmSync(damagedPath(path, number), { force: true });
  rmSync(`${damagedPath(path, number)}-journal`, { force: true });
}

function damagedPath(path: string, number: number): string {
  return join(dirname(path), `${basename(path)}.damaged-${number}`);
}
