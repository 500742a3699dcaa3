/**
 * Runs a generator to its end with a pause after each step, so that its thread can do other work
 * in between. Rejects with the signal's reason as soon as it is aborted, also during a pause.
 */
export async function runInSteps<Result>(
  steps: Generator<void, Result>,
  pause: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await pauseOrAbort(pause, signal);
  }
}

/**
 * Awaits a pause. Rejects with the signal's reason as soon as it is aborted, however long the pause
 * would take.
 */
export async function pauseOrAbort(
  pause: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal === undefined) return pause();
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener('abort', stop);
  });
  try {
    await Promise.race([pause(), aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
  signal.throwIfAborted();
}
