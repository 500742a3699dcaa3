import type { ErrorCode } from '../../operators/foundation/errors/error-codes.ts';

/** The gate refused the head that `teach` learned; the state stays as it is. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: ErrorCode<'RefusedError'> = 'refused';
}
