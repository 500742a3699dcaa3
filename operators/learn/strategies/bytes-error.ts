import type { ErrorCode } from '../../foundation/errors/error-codes.ts';

interface Shortage {
  readonly strategy: string;
  /** Least bytes that the strategy needs. */
  readonly needed: number;
  readonly classes: number;
  /** Bytes that the strategy may use. */
  readonly allowed: number;
}

/** The byte limit of a strategy is too low for its number of classes. */
export class BytesError extends RangeError {
  override readonly name = 'BytesError';
  readonly code: ErrorCode<'BytesError'> = 'too-few-bytes';
  readonly #shortage: Shortage;

  constructor(shortage: Shortage, options?: ErrorOptions) {
    const { strategy, needed, classes, allowed } = shortage;
    const least = Math.ceil(needed);
    super(
      `${strategy} needs at least ${least} bytes for ${classes} classes and may take ${allowed}`,
      options,
    );
    this.#shortage = shortage;
  }

  /**
   * The same error with `bytes` added to both figures, for a wrapper that uses these bytes itself.
   */
  plus(bytes: number): BytesError {
    const { needed, allowed } = this.#shortage;
    const shortage = { ...this.#shortage, needed: needed + bytes, allowed: allowed + bytes };
    return new BytesError(shortage, { cause: this });
  }
}
