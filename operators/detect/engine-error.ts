/**
 * An engine that can't be loaded, or that died. `message` is one line for a person.
 *
 * `unavailable`: the chosen engine does not load here. `bad-model`: the base model's files are
 * missing or not the ones this version was written for. `died`: the worker ended while frames
 * were pending. `closed`: work was handed to a detector after `close()`.
 */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: 'unavailable' | 'bad-model' | 'died' | 'closed';
  constructor(code: EngineError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
