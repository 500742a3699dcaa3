import { connect, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import { WebSocket } from 'ws';
import { type HttpServer, startHttpServer } from '../../../sinks/http/http-server.ts';
import { WebSocketSink, type WebSocketSinkOptions } from '../../../sinks/websocket/websocket.ts';
import { answerCommands, type Handle } from '../answer-commands.ts';
import { facts } from '../sample-events.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Starts a sink on a free port; `handle` answers its commands. Both end after the test. */
export async function startSink({
  handle,
  ...options
}: Partial<WebSocketSinkOptions> & { readonly handle?: Handle } = {}) {
  const http = await startHttpServer({ port: 0 });
  const sink = new WebSocketSink({ http, hello: () => facts, ...options });
  answerCommands(sink, handle);
  cleanups.push(
    () => http.close(),
    () => sink.close(),
  );
  return { http, sink };
}

type Message = Record<string, unknown>;

/** A client that keeps every message it receives. */
export class TestClient {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  readonly pictures: Buffer[] = [];
  closeCode: number | null = null;

  constructor(http: HttpServer, options: object = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${http.port}/ws`, options);
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.pictures.push(data);
      else this.messages.push(JSON.parse(data.toString()) as Message);
    });
    this.socket.on('close', (code) => (this.closeCode = code));
    this.socket.on('error', () => undefined);
    cleanups.push(() => this.socket.terminate());
  }

  /** Sends a message and resolves with its answer. */
  async ask(message: Message | string): Promise<Message> {
    const before = this.ofType('answer').length;
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    await until(() => this.ofType('answer').length > before);
    return this.ofType('answer')[before]!;
  }

  ofType(type: string): Message[] {
    return this.messages.filter((message) => message['type'] === type);
  }
}

export async function until(isTrue: () => boolean, limitMs = 5000): Promise<void> {
  const deadlineMs = Date.now() + limitMs;
  while (!isTrue()) {
    if (Date.now() > deadlineMs)
      throw new Error(`not true within ${limitMs} ms: ${isTrue.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Connects a client and waits for its `hello`. */
export async function connectClient(http: HttpServer, options: object = {}): Promise<TestClient> {
  const client = new TestClient(http, options);
  await until(() => client.ofType('hello').length === 1);
  return client;
}

/** Connects a client that subscribes to pictures and never reads. */
export async function connectStalledClient(http: HttpServer, sink: WebSocketSink): Promise<Socket> {
  const before = sink.clientCount;
  const socket = connect(http.port, '127.0.0.1').on('error', () => undefined);
  cleanups.push(() => socket.destroy());
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${http.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  socket.pause();
  await until(() => sink.clientCount === before + 1);
  // A short text frame, masked with zeros.
  const text = Buffer.from('{"command":"subscribe","pictures":true,"maxFps":60}');
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]));
  return socket;
}
