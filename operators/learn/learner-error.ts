/**
 * - `unavailable`: it did not start.
 * - `busy`: too many calls of this kind wait; try later or go without.
 * - `failed`: this call failed, others go on.
 * - `died`, `closed`: no call works any more.
 */
export type LearnerErrorCode = 'unavailable' | 'busy' | 'failed' | 'died' | 'closed';

/** A call to the learner that was not answered. */
export class LearnerError extends Error {
  readonly code: LearnerErrorCode;

  constructor(code: LearnerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LearnerError';
    this.code = code;
  }
}
