/**
 * Resolves with the result of `work`; with null where it takes longer than `ms` from the moment
 * that `signal` is aborted, while it goes on. Without an abort it waits for as long as it takes.
 */
export async function inTimeAfter<Result>(
  signal: AbortSignal,
  ms: number,
  work: Promise<Result>,
): Promise<Result | null> {
  let timer: NodeJS.Timeout | undefined;
  let start = (): void => undefined;
  const late = new Promise<null>((resolve) => {
    start = () => {
      timer = setTimeout(() => resolve(null), ms);
    };
    if (signal.aborted) start();
    else signal.addEventListener('abort', start, { once: true });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    signal.removeEventListener('abort', start);
    clearTimeout(timer);
    // What fails after its time is of no interest any more.
    work.catch(() => undefined);
  }
}
