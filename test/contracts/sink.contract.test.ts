import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../../sinks/events.ts';
import { type HttpServer, startHttpServer } from '../../sinks/http/http-server.ts';
import { openJsonLines } from '../../sinks/json-lines.ts';
import { NatsSink } from '../../sinks/nats.ts';
import { PrometheusSink } from '../../sinks/prometheus/prometheus.ts';
import { WebSocketSink } from '../../sinks/websocket/websocket.ts';
import { WebSocket } from 'ws';
import { facts } from '../sinks/sample-events.ts';
import { describeSink } from './describe-sink.ts';

/** Connects, sends one command and resolves with its answer. */
function askOverWebSocket(http: HttpServer, command: Command): Promise<unknown> {
  const client = new WebSocket(`ws://127.0.0.1:${http.port}/ws`);
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    client.on('open', () => client.send(JSON.stringify(command)));
    client.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { readonly type: string };
      if (message.type !== 'answer') return;
      client.close();
      resolve(message);
    });
  });
}

describeSink({
  name: 'the WebSocket with a client that never reads',
  drops: true,
  takesCommands: true,
  async create() {
    const http = await startHttpServer({ port: 0 });
    const sink = new WebSocketSink({ http, hello: () => facts, pendingBytesMax: 500_000 });
    const socket = connect(http.port, '127.0.0.1').on('error', () => undefined);
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${http.port}\r\nConnection: Upgrade\r\n` +
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    socket.pause();
    while (sink.clientCount === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    return {
      sink,
      pending: () => sink.pendingBytes,
      pendingMax: 500_000,
      ask: (command) => askOverWebSocket(http, command),
      cleanUp: () => {
        socket.destroy();
        return http.close();
      },
    };
  },
});

describeSink({
  name: 'NATS without a broker',
  drops: true,
  takesCommands: false,
  async create() {
    // A port that has just been released: nothing listens on it.
    const { port, close } = await startHttpServer({ port: 0 });
    await close();
    const servers = `127.0.0.1:${port}`;
    const sink = new NatsSink({ servers, pendingBytesMax: 500_000 });
    return {
      sink,
      pending: () => sink.pendingBytes,
      pendingMax: 500_000,
      cleanUp: () => undefined,
    };
  },
});

describeSink({
  name: 'the detections file',
  drops: true,
  takesCommands: false,
  async create() {
    const folder = await mkdtemp(join(tmpdir(), 'lifelens-sink-'));
    const sink = await openJsonLines(join(folder, 'lines.jsonl'), { pendingBytesMax: 50_000 });
    return {
      sink,
      pending: () => sink.pendingBytes,
      pendingMax: 50_000,
      cleanUp: () => rm(folder, { recursive: true }),
    };
  },
});

describeSink({
  name: 'Prometheus',
  drops: false,
  takesCommands: false,
  async create() {
    const sink = new PrometheusSink({ version: '1.2.3' });
    return { sink, pendingMax: 0, cleanUp: () => undefined };
  },
});
