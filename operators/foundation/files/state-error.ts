import type { ErrorCode } from '../errors/error-codes.ts';

/** State on disk that can't be used; `message` is one line for a person and names the path. */
export class StateError extends Error {
  override readonly name = 'StateError';
  /**
   * `missing`: there is nothing at the path. `unwritable`: it can't be written to.
   * `unreadable`: it can't be read. `corrupt`: what is there is damaged or of another format.
   * `in-use`: another process writes there.
   */
  readonly code: ErrorCode<'StateError'>;
  readonly path: string;
  constructor(code: StateError['code'], path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}
