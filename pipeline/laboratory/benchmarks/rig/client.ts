import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Command, CommandResult, LifelensEvent } from '../../../../sinks/events.ts';

/** The client command that starts and stops pictures. */
interface PictureSubscription {
  readonly command: 'subscribe';
  readonly pictures: boolean;
  readonly maxFps: number;
}

/** The commands that change a whole class. */
type ClassCommand =
  | { readonly command: 'rename'; readonly class: string; readonly to: string }
  | { readonly command: 'merge'; readonly class: string; readonly into: string }
  | { readonly command: 'remove'; readonly class: string };

/** Any text message, before its type is known. */
export type Message = Readonly<Record<string, unknown>> & { readonly type: string };

/** A WebSocket client of a running lifelens. */
export class Client {
  /** Text messages in order of arrival, as long as {@link onEvent} is not replaced. */
  readonly messages: Message[] = [];
  readonly socket: WebSocket;
  /** Close code of the connection; null while it is open. */
  closedWith: number | null = null;
  /**
   * Called with each event and its time of arrival on the clock of `performance.now()`. Default:
   * keeps it in {@link messages}.
   */
  onEvent: ((event: LifelensEvent, atMs: number) => void) | null = null;
  readonly #waiting = new Map<string, (result: CommandResult) => void>();
  #sent = 0;

  /** Connects to the server of the dashboard at this address. */
  constructor(address: string) {
    const url = new URL('/ws', address);
    url.protocol = 'ws:';
    this.socket = new WebSocket(url);
    this.socket.on('message', (data: Buffer, isBinary) => {
      const atMs = performance.now();
      if (!isBinary) this.#receive(JSON.parse(data.toString('utf8')) as Message, atMs);
    });
    this.socket.on('close', (code) => (this.closedWith = code));
    this.socket.on('error', () => undefined);
  }

  /** Resolves with a client once it is connected. */
  static async connect(address: string): Promise<Client> {
    const client = new Client(address);
    await once(client.socket, 'open');
    return client;
  }

  /** Sends a command and resolves with its answer. */
  send(command: Command | ClassCommand | PictureSubscription): Promise<CommandResult> {
    const id = String(++this.#sent);
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.socket.send(JSON.stringify({ ...command, id, by: 'benchmark' }));
    });
  }

  /** Sends any text and resolves with the next answer. */
  async request(text: string): Promise<Message> {
    const from = this.messages.length;
    this.socket.send(text);
    return this.receives(({ type }) => type === 'answer', { from });
  }

  /** Resolves with the first message that passes `test`, from index `from` on. */
  async receives(
    test: (message: Message) => boolean,
    { from = 0, withinMs = 30_000 } = {},
  ): Promise<Message> {
    const deadlineMs = performance.now() + withinMs;
    for (;;) {
      const found = this.messages.slice(from).find(test);
      if (found !== undefined) return found;
      if (performance.now() > deadlineMs) {
        const types = this.messages.map(({ type }) => type).join(' ');
        throw new Error(`no such message within ${withinMs} ms; received ${types}`);
      }
      await delay(20);
    }
  }

  close(): void {
    this.socket.close();
  }

  #receive(message: Message, atMs: number): void {
    if (this.onEvent === null) this.messages.push(message);
    if (message.type !== 'answer') {
      this.onEvent?.(message as unknown as LifelensEvent, atMs);
      return;
    }
    const id = typeof message['id'] === 'string' ? message['id'] : '';
    this.#waiting.get(id)?.(message as unknown as CommandResult);
    this.#waiting.delete(id);
  }
}
