import type { ErrorCode } from '../foundation/errors/error-codes.ts';

/** A label command that cannot be carried out; `message` is one line for its sender. */
export class LabelError extends Error {
  override readonly name = 'LabelError';
  readonly code: ErrorCode<'LabelError'>;

  constructor(code: LabelError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
