import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Command, CommandResult, LifelensEvent } from '../../../../sinks/events.ts';

/** Besides commands, a client may ask for pictures. */
interface PictureWish {
  readonly command: 'subscribe';
  readonly pictures: boolean;
  readonly maxFps: number;
}
type Received = LifelensEvent | (CommandResult & { readonly type: 'answer'; readonly id?: string });

/** A program on the other end of the WebSocket: hears every event, sends commands and awaits their answers. */
export class Client {
  /** Called with each event and when it arrived, on the clock of `performance.now()`. */
  onEvent: (event: LifelensEvent, atMs: number) => void = () => undefined;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, (result: CommandResult) => void>();
  #sent = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      const atMs = performance.now();
      if (!isBinary) this.#receive(JSON.parse(data.toString('utf8')) as Received, atMs);
    });
  }

  /** Connects to the server that serves the dashboard at this address. */
  static async connect(address: string): Promise<Client> {
    const url = new URL('/ws', address);
    url.protocol = 'ws:';
    const socket = new WebSocket(url);
    const client = new Client(socket);
    await once(socket, 'open');
    return client;
  }

  /** Resolves with the answer. */
  send(command: Command | PictureWish): Promise<CommandResult> {
    const id = String(++this.#sent);
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ ...command, id, by: 'benchmark' }));
    });
  }

  close(): void {
    this.#socket.close();
  }

  #receive(message: Received, atMs: number): void {
    if (message.type !== 'answer') {
      this.onEvent(message, atMs);
      return;
    }
    const { id = '' } = message;
    this.#waiting.get(id)?.(message);
    this.#waiting.delete(id);
  }
}
