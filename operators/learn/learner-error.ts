import type { ErrorCode } from '../foundation/errors/error-codes.ts';

/**
 * - `unavailable`: the learner did not start.
 * - `busy`: too many calls of this kind are unanswered; try later or go without.
 * - `failed`: this call failed; others are unaffected.
 * - `died`, `closed`: no call works any more.
 */
type LearnerErrorCode = ErrorCode<'LearnerError'>;

/** A failed call to the learner. */
export class LearnerError extends Error {
  readonly code: LearnerErrorCode;

  constructor(code: LearnerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LearnerError';
    this.code = code;
  }
}
