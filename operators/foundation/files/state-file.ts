import { readFile } from 'node:fs/promises';
import { codeOf } from '../errors/code-of.ts';
import { messageOf } from '../errors/message-of.ts';
import { StateError } from './state-error.ts';

/**
 * Reads a text file of the state folder. Rejects with a {@link StateError}; with `absent`,
 * resolves to it if there is no such file.
 */
export async function readStateFile(path: string): Promise<string>;
export async function readStateFile(path: string, absent: null): Promise<string | null>;
export async function readStateFile(path: string, absent?: null): Promise<string | null> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    if (absent === null && codeOf(cause) === 'ENOENT') return null;
    throw stateFailure('read', path, cause);
  });
}

/** The {@link StateError} for a system error, with a one-line message. */
export function stateFailure(
  operation: 'read' | 'write',
  path: string,
  cause: unknown,
): StateError {
  const reason = codeOf(cause, messageOf(cause));
  if (operation === 'read' && reason === 'ENOENT') {
    return new StateError('missing', path, `${path} does not exist`, { cause });
  }
  const code = operation === 'read' ? 'unreadable' : 'unwritable';
  const verb = operation === 'read' ? 'read' : 'written to';
  return new StateError(code, path, `${path} can't be ${verb} (${reason})`, { cause });
}
