import { setTimeout as delay } from 'node:timers/promises';
import { runNative } from '../../../../operators/foundation/threads/native-guard.ts';
import { serveCalls, workerSetup } from '../../../../operators/foundation/threads/worker-server.ts';

/** The calls of the worker that the client's tests run. */
export interface TinyCalls {
  /** Waits, then resolves with the number of `work` and `rush` calls answered so far. */
  work: { in: { readonly ms: number }; out: number };
  rush: { in: object; out: number };
  /** A fresh array, and the worker's own one, which must never be transferred. */
  fill: { in: { readonly length: number }; out: { readonly values: readonly Float32Array[] } };
  own: { in: object; out: { readonly values: Float32Array } };
  fail: { in: { readonly message: string }; out: undefined };
  /** Settles only when aborted. */
  hang: { in: object; out: undefined };
  exit: { in: { readonly code: number }; out: undefined };
  crash: { in: object; out: undefined };
  /** Never comes back to the event loop. */
  freeze: { in: object; out: undefined };
  /** Adds 1 before and after native code that takes so long, as often as said. */
  native: {
    in: { readonly ms: number; readonly times: number; readonly counts: Int32Array };
    out: undefined;
  };
}

/** How the worker starts and answers. */
export interface TinySetup {
  readonly start: 'ready' | 'throw' | 'exit';
  readonly order: 'sequential' | 'concurrent';
}

const { start, order } = workerSetup() as TinySetup;
if (start === 'throw') throw Object.assign(new Error('no such model'), { code: 'bad-model' });
if (start === 'exit') process.exit(3);

const own = Float32Array.of(1, 2);
let answered = 0;

serveCalls<TinyCalls, { readonly started: boolean }>({
  ready: { started: true },
  order,
  handlers: {
    work: async ({ ms }) => {
      await delay(ms);
      return ++answered;
    },
    rush: () => ++answered,
    fill: ({ length }) => {
      const values = new Float32Array(length).fill(7);
      return { values: [values, values.subarray(1)] };
    },
    own: () => ({ values: own }),
    fail: ({ message }) => {
      throw Object.assign(new Error(message), { code: 'E_BAD' });
    },
    hang: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted in the worker')));
      }),
    exit: ({ code }) => process.exit(code),
    crash: () => {
      setImmediate(() => {
        throw new Error('out of luck');
      });
      return new Promise<undefined>(() => undefined);
    },
    freeze: () => {
      for (;;);
    },
    native: ({ ms, times, counts }) => {
      for (let i = 0; i < times; i++) {
        runNative(() => {
          Atomics.add(counts, 0, 1);
          const untilMs = performance.now() + ms;
          while (performance.now() < untilMs);
          Atomics.add(counts, 0, 1);
        });
      }
      return undefined;
    },
  },
  copied: ['own'],
  close: async () => {
    await delay(1);
  },
});
