import { codeOf, whyUnwritable } from '../../operators/foundation/files/why-unwritable.ts';

/** Standard output can't be written to; exit code 1. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/**
 * Writes to standard output and waits until it is there. Rejects with an {@link OutputError}; a reader that
 * has gone, as `head` does, is none.
 */
export async function print(text: string): Promise<void> {
  // The callback hears of errors as well; without a listener they end the process.
  process.stdout.on('error', () => undefined);
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
