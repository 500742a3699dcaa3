/** The calls that a worker answers, by name: arguments in, result out. */
export type WorkerCalls<Calls> = {
  readonly [Name in keyof Calls]: { readonly in: object; readonly out: unknown };
};

/** One message to the worker that has a reply with the same `id`. */
export type WorkerRequest =
  | {
      readonly type: 'call';
      readonly id: number;
      readonly name: string;
      readonly args: object;
    }
  | { readonly type: 'close'; readonly id: number };

/** Aborts the call `id`; has no reply of its own. */
export interface WorkerAbort {
  readonly type: 'abort';
  readonly id: number;
}

/** Asks whether the thread still takes messages; answered at once, whatever calls wait. */
export interface WorkerPing {
  readonly type: 'ping';
}

/** One message from the worker. */
export type WorkerReply<Ready> =
  | {
      readonly type: 'ready';
      readonly ready: Ready;
      /** The system's number of the thread; null where it has none. */
      readonly thread: number | null;
    }
  | { readonly type: 'pong' }
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly message: string;
      /** See `codeOf`. */
      readonly errorCode: string;
    };
