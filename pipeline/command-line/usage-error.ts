import type { ErrorCode } from '../../operators/foundation/errors/error-codes.ts';

/** An invalid command line; the reason has already been printed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code: ErrorCode<'UsageError'> = 'usage';
}
