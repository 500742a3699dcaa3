import { codeOf } from '../../../operators/foundation/errors/code-of.ts';
import type { ErrorCode } from '../../../operators/foundation/errors/error-codes.ts';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { whyUnwritable } from '../../../operators/foundation/files/why-unwritable.ts';

/** The cache can't be used; `message` is one line that names the path and the option. */
export class CacheError extends Error {
  override readonly name = 'CacheError';
  readonly code: ErrorCode<'CacheError'> = 'unusable';
}

const remedy = '--cache names another folder';

/** Default cache folder: `lifelens/bench` below `XDG_CACHE_HOME`, else below `~/.cache`. */
export function defaultCacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const base = environment['XDG_CACHE_HOME'] ?? '';
  return join(base === '' ? join(homeFolder(), '.cache') : base, 'lifelens', 'bench');
}

function homeFolder(): string {
  try {
    return homedir();
  } catch (cause) {
    throw new CacheError(`there is no home folder to cache in; ${remedy}`, { cause });
  }
}

/** Creates the cache folder and checks that it is writable. Rejects with a {@link CacheError}. */
export async function prepareCache(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const probe = join(folder, `probe.${randomUUID()}.tmp`);
    await writeFile(probe, '');
    await rm(probe);
  } catch (cause) {
    const why = codeOf(cause) === 'EEXIST' ? 'it is not a folder' : whyUnwritable(cause);
    throw new CacheError(`the cache ${folder} can't be written to: ${why}; ${remedy}`, { cause });
  }
}

/** Reads a file; null where it does not exist. Rejects with a {@link CacheError}. */
export async function readCached(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw unreadable(path, cause);
  }
}

export function unreadable(path: string, cause: unknown): CacheError {
  return new CacheError(`${path} can't be read (${codeOf(cause)}); ${remedy}`, { cause });
}

/**
 * Writes a file atomically, since several benchmarks may share a folder. Rejects with a
 * {@link CacheError}.
 */
export async function writeCached(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new CacheError(`${path} can't be written to: ${whyUnwritable(cause)}; ${remedy}`, {
      cause,
    });
  }
}
