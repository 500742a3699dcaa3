import type { ErrorCode } from '../foundation/errors/error-codes.ts';
import { messageOf } from '../foundation/errors/message-of.ts';

/** A dataset that cannot be read; `message` is one line: the file, the place, what was expected. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  /**
   * `bad-spec`: the specification itself. `not-found`: a missing file or folder. `bad-file`: the
   * contents of a file. `bad-picture`: a picture that cannot be opened. `empty`: no pictures, names
   * or objects.
   */
  readonly code: ErrorCode<'DatasetError'>;
  /** The file or folder, or the specification. */
  readonly path: string;
  constructor(code: DatasetError['code'], path: string, message: string, options?: ErrorOptions) {
    super(`${path}: ${message}`, options);
    this.code = code;
    this.path = path;
  }
}

/** The first line of the message of a cause, for the one line of a {@link DatasetError}. */
export function reasonOf(cause: unknown): string {
  return messageOf(cause).split('\n', 1)[0]!;
}
