import { connect } from 'node:net';
import { request } from 'node:http';
import { afterEach } from 'vitest';
import {
  type HttpServer,
  type HttpServerOptions,
  startHttpServer,
} from '../../../sinks/http/http-server.ts';

const servers: HttpServer[] = [];

/** Starts a server on a free port, which is closed after the test. */
export async function start(options: HttpServerOptions = {}): Promise<HttpServer> {
  const server = await startHttpServer({ port: 0, ...options });
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** Sends a raw request: `fetch` normalizes paths and refuses to set Host. */
export function get(
  server: HttpServer,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sending = request(
      { host: '127.0.0.1', port: server.port, path, headers, method },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part: string) => (body += part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    sending.on('error', reject).end();
  });
}

/** Requests an upgrade to a WebSocket and returns the first line of the response. */
export function upgrade(
  server: HttpServer,
  path: string,
  headers: Record<string, string>,
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1', () => {
      const all = { connection: 'Upgrade', upgrade: 'websocket', ...headers };
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
      socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    });
    socket.on('data', (data) => {
      resolve(data.toString().split('\r\n')[0] ?? '');
      socket.destroy();
    });
  });
}
