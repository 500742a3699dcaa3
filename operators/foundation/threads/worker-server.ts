import { parentPort, workerData } from 'node:worker_threads';
import { codeOf } from '../errors/code-of.ts';
import { messageOf } from '../errors/message-of.ts';
import { threadNumber } from './thread-priority.ts';
import { transferableBuffers } from './transferable-buffers.ts';
import type {
  WorkerAbort,
  WorkerCalls,
  WorkerPing,
  WorkerReply,
  WorkerRequest,
} from './worker-messages.ts';

/** Settings of {@link serveCalls}. */
export interface WorkerServerOptions<Calls extends WorkerCalls<Calls>, Ready> {
  /** Posted to the client, which accepts calls from then on. */
  readonly ready: Ready;
  /** Answers each call; `signal` aborts when the client aborts the call. */
  readonly handlers: {
    readonly [Name in keyof Calls]: (
      args: Calls[Name]['in'],
      signal: AbortSignal,
    ) => Promise<Calls[Name]['out']> | Calls[Name]['out'];
  };
  /** Releases what the worker holds; the thread ends afterwards. */
  readonly close: () => Promise<void>;
  /** `sequential` answers one call after another, `concurrent` starts each as it arrives. */
  readonly order: 'sequential' | 'concurrent';
  /** Calls whose results are copied, because the worker keeps using their arrays. Default: none. */
  readonly copied?: readonly (keyof Calls)[];
}

/** The `data` with which `spawnWorker` started this thread. */
export function workerSetup(): unknown {
  return (workerData as { data: unknown }).data;
}

/**
 * Answers the calls of a `WorkerClient` in this worker thread until the client closes it.
 *
 * The typed arrays of a result are transferred, not copied. A handler that throws fails its own
 * call with the error's message.
 */
export function serveCalls<Calls extends WorkerCalls<Calls>, Ready>({
  ready,
  handlers,
  close,
  order,
  copied = [],
}: WorkerServerOptions<Calls, Ready>): void {
  const port = parentPort;
  if (port === null) throw new Error('serveCalls runs in a worker thread only');
  const post = (reply: WorkerReply<Ready>, transfer: ArrayBuffer[] = []): void =>
    port.postMessage(reply, transfer);
  const perform = (request: WorkerRequest, signal: AbortSignal): unknown =>
    request.type === 'close'
      ? close()
      : handlers[request.name as keyof Calls](request.args, signal);
  const isCopied = (request: WorkerRequest): boolean =>
    request.type === 'call' && copied.includes(request.name as keyof Calls);

  const answer = async (request: WorkerRequest, signal: AbortSignal): Promise<void> => {
    const { id } = request;
    try {
      const result = await perform(request, signal);
      post({ type: 'done', id, result }, isCopied(request) ? [] : transferableBuffers(result));
    } catch (error) {
      post({ type: 'failed', id, message: messageOf(error), errorCode: codeOf(error) });
    }
    controllers.delete(id);
    if (request.type === 'close') port.close();
  };

  const controllers = new Map<number, AbortController>();
  let last = Promise.resolve();
  port.on('message', (request: WorkerRequest | WorkerAbort | WorkerPing) => {
    if (request.type === 'ping') {
      post({ type: 'pong' });
      return;
    }
    if (request.type === 'abort') {
      controllers.get(request.id)?.abort();
      return;
    }
    const controller = new AbortController();
    controllers.set(request.id, controller);
    if (order === 'sequential') last = last.then(() => answer(request, controller.signal));
    else void answer(request, controller.signal);
  });
  post({ type: 'ready', ready, thread: threadNumber() });
}
