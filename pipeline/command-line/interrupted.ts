import type { ErrorCode } from '../../operators/foundation/errors/error-codes.ts';

/** The reason of a command's abort signal after SIGINT or SIGTERM. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly code: ErrorCode<'Interrupted'>;

  constructor(signal: Interrupted['code']) {
    super('interrupted');
    this.code = signal;
  }
}
