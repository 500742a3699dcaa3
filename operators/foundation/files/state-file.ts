import { readFile } from 'node:fs/promises';
import { StateError } from './state-error.ts';

/** Text of a file of the state; rejects with a {@link StateError}. With `absent`, that where there is no such file. */
export async function readStateFile(path: string): Promise<string>;
export async function readStateFile(path: string, absent: null): Promise<string | null>;
export async function readStateFile(path: string, absent?: null): Promise<string | null> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    if (absent === null && codeOf(cause) === 'ENOENT') return null;
    throw stateFailure('read', path, cause);
  });
}

/** What the system refused, in one line for a person. */
export function stateFailure(what: 'read' | 'write', path: string, cause: unknown): StateError {
  const reason = codeOf(cause);
  if (what === 'read' && reason === 'ENOENT') {
    return new StateError('missing', path, `${path} does not exist`, { cause });
  }
  const code = what === 'read' ? 'unreadable' : 'unwritable';
  const verb = what === 'read' ? 'read' : 'written to';
  return new StateError(code, path, `${path} can't be ${verb} (${reason})`, { cause });
}

/** The system's code of an error; what it says where it has none. */
export function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
