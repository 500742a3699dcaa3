import type { ErrorCode } from '../../foundation/errors/error-codes.ts';

/**
 * An engine that can't be loaded, or a call to it that failed. `message` is one line, except for a
 * model of the user, whose inputs and outputs follow, one a line.
 *
 * - `unavailable`: the chosen engine does not load here.
 * - `bad-model`: a model of the user is not understood, or the files of the built-in ones are
 * missing or
 *   not the expected ones.
 * - `failed`: this call failed; later ones may work.
 * - `overloaded`: the queue of waiting calls is full.
 * - `died`: the worker ended by itself. `closed`: the detector was closed. No call works any more.
 */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: ErrorCode<'EngineError'>;
  constructor(code: EngineError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
