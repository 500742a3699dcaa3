/**
 * Runs a generator to its end with a pause after every step, so that a thread with other duties can see to them.
 * Rejects with the signal's reason where that is aborted meanwhile.
 */
export async function runInSteps<Result>(
  steps: Generator<void, Result>,
  pause: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await pause();
    signal?.throwIfAborted();
  }
}
