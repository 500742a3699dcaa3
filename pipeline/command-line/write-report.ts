import { codeOf } from '../../operators/foundation/errors/code-of.ts';
import { lstat, open, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ErrorCode } from '../../operators/foundation/errors/error-codes.ts';
import { writeAtomically } from '../../operators/foundation/files/write-atomically.ts';
import { whyUnwritable } from '../../operators/foundation/files/why-unwritable.ts';
import { print } from './print.ts';

/** A report cannot be written. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
  readonly code: ErrorCode<'ReportError'> = 'unwritable';
}

/** System codes of a file that cannot be replaced, as in a read-only folder or when mounted. */
const irreplaceable = ['EACCES', 'EPERM', 'EROFS', 'EBUSY'];

/**
 * Checks that a report can be written to `file` and leaves everything as it is, so that a wrong
 * path is noticed before hours of work. Rejects with a {@link ReportError}.
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
 * Writes a report as JSON to a file, with `write` (atomically), or to standard output for `-`.
 *
 * Rejects with a {@link ReportError}, or as {@link print} does.
 */
export async function writeReport(
  file: string,
  report: object,
  write: typeof writeAtomically = writeAtomically,
): Promise<void> {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (isStandardOutput(file)) return print(text);
  await writeFileWhole(file, text, write);
}

/** Writes to a file, atomically where it is a plain one. Rejects with a {@link ReportError}. */
export async function writeFileWhole(
  file: string,
  data: string | Uint8Array,
  write: typeof writeAtomically = writeAtomically,
): Promise<void> {
  try {
    if ((await kindOf(file)) === 'in place') await writeFile(file, data);
    else await replace(file, data, write);
  } catch (cause) {
    throw failure(file, cause);
  }
}

/** Opening `/dev/stdout` by its path would block for ever on a pipe without a reader. */
function isStandardOutput(file: string): boolean {
  return file === '-' || file === '/dev/stdout';
}

/**
 * What `file` is: nothing, a plain file or folder, or something written to in place, such as a
 * device, a pipe, a file descriptor of the process or a dangling link.
 */
async function kindOf(file: string): Promise<'none' | 'plain' | 'in place'> {
  if (/^\/(?:dev|proc)\//.test(resolve(file))) return 'in place';
  const found = await stat(file).catch(nullIfAbsent);
  if (found !== null) return found.isFile() || found.isDirectory() ? 'plain' : 'in place';
  return (await lstat(file).catch(nullIfAbsent)) === null ? 'none' : 'in place';
}

async function replace(
  file: string,
  data: string | Uint8Array,
  write: typeof writeAtomically,
): Promise<void> {
  // The target of a link is replaced, not the link.
  const path = (await realpath(file).catch(nullIfAbsent)) ?? file;
  await write(path, data).catch(async (error: unknown) => {
    if (!irreplaceable.includes(codeOf(error))) throw error;
    await writeFile(path, data);
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
