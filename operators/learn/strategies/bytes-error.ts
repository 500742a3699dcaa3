import type { ErrorCode } from '../../foundation/errors/error-codes.ts';

/** What a strategy has to say where its bound is too low. */
interface Shortage {
  readonly strategy: string;
  /** Bytes without which it can't go on. */
  readonly needed: number;
  readonly classes: number;
  /** Bytes that it may take. */
  readonly allowed: number;
}

/** A strategy may take fewer bytes than it needs for its classes. */
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

  /** The same as seen by who gives the strategy so many bytes less than it is given. */
  beside(bytes: number): BytesError {
    const { needed, allowed } = this.#shortage;
    const shortage = { ...this.#shortage, needed: needed + bytes, allowed: allowed + bytes };
    return new BytesError(shortage, { cause: this });
  }
}
