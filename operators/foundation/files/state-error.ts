import type { ErrorCode } from '../errors/error-codes.ts';

/** State on disk that can't be used; `message` is one line and names the path. */
export class StateError extends Error {
  override readonly name = 'StateError';
  /**
   * `missing`: the path does not exist. `unwritable`, `unreadable`: the system refuses access.
   * `corrupt`: the content is damaged or of another format. `other-models`: it was learned with
   * another detector or encoder. `in-use`: another process writes it.
   * `fenced`: another process has opened it since this one did, which must not write any more.
   */
  readonly code: ErrorCode<'StateError'>;
  readonly path: string;
  constructor(code: StateError['code'], path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}
