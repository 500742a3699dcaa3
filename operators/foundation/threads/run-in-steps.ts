/**
 * Runs a generator to its end with a pause after each step, so that its thread can do other work
 * in between. Rejects with the signal's reason if aborted.
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
