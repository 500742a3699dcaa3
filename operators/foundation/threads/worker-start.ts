import type { Worker } from 'node:worker_threads';
import type { WorkerReply } from './worker-messages.ts';

/**
 * Why a call or the start failed.
 *
 * - `unavailable`: the worker ended before it was ready.
 * - `refused`: `limit` calls wait already.
 * - `failed`: this call failed in the worker; others are unaffected.
 * - `died`: the thread ended, or hung and was ended; no call works any more.
 * - `closed`: no call works any more.
 */
export type WorkerFailure =
  | { readonly code: 'unavailable' | 'died'; readonly cause: Error }
  | { readonly code: 'unavailable' | 'died'; readonly exitCode: number }
  | { readonly code: 'refused'; readonly call: string; readonly limit: number }
  | { readonly code: 'failed'; readonly message: string; readonly errorCode: string }
  | { readonly code: 'closed' };

/** Resolves with the worker's first message. Rejects with an `unavailable` failure. */
export function untilReady<Ready>(
  worker: Worker,
  errorOf: (failure: WorkerFailure) => Error,
): Promise<Extract<WorkerReply<Ready>, { type: 'ready' }>> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => reject(errorOf({ code: 'unavailable', cause }));
    const onExit = (exitCode: number): void => reject(errorOf({ code: 'unavailable', exitCode }));
    worker.once('error', onError).once('exit', onExit);
    worker.once('message', (reply: WorkerReply<Ready>) => {
      if (reply.type !== 'ready') return;
      worker.off('error', onError).off('exit', onExit);
      resolve(reply);
    });
  });
}
