/**
 * What `work` resolves with, or `late()` where it takes beyond `untilMs` of `performance.now()`;
 * what it does after that is not waited for. Rejects with its error, or once `signal` is aborted.
 */
export async function within<T>(
  work: Promise<T>,
  untilMs: number,
  late: () => T,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  let end = (): void => undefined;
  const tooLate = new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => resolve(late()), Math.max(0, untilMs - performance.now()));
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
    end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    end();
    // Its end is nobody's business any more.
    work.catch(() => undefined);
  }
}
