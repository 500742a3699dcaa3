import type { ErrorCode } from '../foundation/errors/error-codes.ts';

/** A labelled set that can't be read; `message` is one line: the file, the place, what was expected. */
export class SetError extends Error {
  override readonly name = 'SetError';
  /**
   * `bad-spec`: the specification itself. `not-found`: a file or folder. `bad-file`: a file's
   * contents. `bad-picture`: a picture that can't be opened. `empty`: no pictures, names or objects.
   */
  readonly code: ErrorCode<'SetError'>;
  /** The file or folder, or the specification. */
  readonly path: string;
  constructor(code: SetError['code'], path: string, message: string, options?: ErrorOptions) {
    super(`${path}: ${message}`, options);
    this.code = code;
    this.path = path;
  }
}
