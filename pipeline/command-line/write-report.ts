import { lstat, open, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { writeAtomically } from '../../operators/foundation/files/write-atomically.ts';
import { codeOf, whyUnwritable } from '../../operators/foundation/files/why-unwritable.ts';
import { print } from './print.ts';

/** A report that can't be written; exit code 1. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
}

/** Codes of a file that can be written to, but not replaced: its folder is closed, or it is mounted by itself. */
const irreplaceable = ['EACCES', 'EPERM', 'EROFS', 'EBUSY'];

/**
 * Proves that a report can be written there and leaves everything as it was, so that hours of work don't
 * come before a typing error. Rejects with a {@link ReportError}.
 */
export async function probeReport(file: string): Promise<void> {
  if (isStandardOutput(file)) return;
  try {
    const kind = await kindOf(file);
    if (kind === 'none') {
      await (await open(file, 'wx')).close();
      await rm(file);
    } else if (kind === 'plain') {
      await (await open(file, 'r+')).close();
    }
  } catch (cause) {
    throw failure(file, cause);
  }
}

/**
 * Writes a report as JSON to a file, whole or not at all, or to standard output for `-`. Rejects with a
 * {@link ReportError}, or as {@link print} does.
 */
export async function writeReport(file: string, report: object): Promise<void> {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (isStandardOutput(file)) return print(text);
  try {
    if ((await kindOf(file)) === 'as it is') await writeFile(file, text);
    else await replace(file, text);
  } catch (cause) {
    throw failure(file, cause);
  }
}

/** Opened by its path, a pipe that nobody reads any more would wait for ever. */
function isStandardOutput(file: string): boolean {
  return file === '-' || file === '/dev/stdout';
}

/** What a path leads to. Devices, pipes, what is the process's own, and links to nowhere are written to as they are. */
async function kindOf(file: string): Promise<'none' | 'plain' | 'as it is'> {
  if (/^\/(?:dev|proc)\//.test(resolve(file))) return 'as it is';
  const found = await stat(file).catch(nullIfAbsent);
  if (found !== null) return found.isFile() || found.isDirectory() ? 'plain' : 'as it is';
  return (await lstat(file).catch(nullIfAbsent)) === null ? 'none' : 'as it is';
}

async function replace(file: string, text: string): Promise<void> {
  // What a link points to is replaced, not the link.
  const path = (await realpath(file).catch(nullIfAbsent)) ?? file;
  await writeAtomically(path, text).catch(async (error: unknown) => {
    if (!irreplaceable.includes(codeOf(error))) throw error;
    await writeFile(path, text);
  });
}

function nullIfAbsent(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}

function failure(file: string, cause: unknown): ReportError {
  return new ReportError(`the report can't be written to ${file}: ${whyUnwritable(cause)}`, {
    cause,
  });
}
