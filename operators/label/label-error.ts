/** A label command that cannot be carried out; `message` is one line for its sender. */
export class LabelError extends Error {
  override readonly name = 'LabelError';
  readonly code: 'unknown-target' | 'frame-gone' | 'nothing-to-undo' | 'sample-gone';

  constructor(code: LabelError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
