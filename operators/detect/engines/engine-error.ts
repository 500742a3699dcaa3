import type { ErrorCode } from '../../foundation/errors/error-codes.ts';

/**
 * An engine that can't be loaded, or that died. `message` is one line for a person.
 *
 * `unavailable`: the chosen engine does not load here. `bad-model`: the base model's files are
 * missing or not the ones this version was written for. `failed`: one call failed, later ones may
 * work. `overloaded`: more calls are waiting than the queue holds. `died`: the worker ended by
 * itself. `closed`: the detector was closed. After the last two no call works any more.
 */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: ErrorCode<'EngineError'>;
  constructor(code: EngineError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
