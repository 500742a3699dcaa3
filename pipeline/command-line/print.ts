import { codeOf } from '../../operators/foundation/errors/code-of.ts';
import type { ErrorCode } from '../../operators/foundation/errors/error-codes.ts';
import { whyUnwritable } from '../../operators/foundation/files/why-unwritable.ts';

/** Standard output cannot be written to. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  readonly code: ErrorCode<'OutputError'> = 'unwritable';
}

const ignore = (): void => undefined;

/**
 * Writes to standard output and resolves once the text is written.
 *
 * A reader that closed the pipe, as `head` does, is not an error. Rejects with an
 * {@link OutputError} for any other failure.
 */
export async function print(text: string): Promise<void> {
  // The callback reports errors too, but without a listener they end the process.
  if (!process.stdout.listeners('error').includes(ignore)) process.stdout.on('error', ignore);
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (cause) => {
      if (cause == null || codeOf(cause) === 'EPIPE') resolve();
      else {
        const message = `standard output can't be written to: ${whyUnwritable(cause)}`;
        reject(new OutputError(message, { cause }));
      }
    });
  });
}
