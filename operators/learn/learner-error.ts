import type { ErrorCode } from '../foundation/errors/error-codes.ts';

/**
 * - `unavailable`: it did not start.
 * - `busy`: too many calls of this kind wait; try later or go without.
 * - `failed`: this call failed, others go on.
 * - `died`, `closed`: no call works any more.
 */
type LearnerErrorCode = ErrorCode<'LearnerError'>;

/** A call to the learner that was not answered. */
export class LearnerError extends Error {
  readonly code: LearnerErrorCode;

  constructor(code: LearnerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LearnerError';
    this.code = code;
  }
}
