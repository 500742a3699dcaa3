import type { ErrorCode } from '../../operators/foundation/errors/error-codes.ts';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type AccessRules,
  isHostAllowed,
  isOriginAllowed,
  isTokenRight,
  queryToken,
} from './http-access.ts';
import { loadPageFiles, type PageFile } from '../dashboard/page-files.ts';

export interface HttpServerOptions {
  /** Address to listen on. Default 127.0.0.1: this machine only. */
  readonly host?: string;
  /** Default 8080; 0 takes a free one. */
  readonly port?: number;
  /** A secret every request but `/healthz` must carry. Default: none. */
  readonly token?: string;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  /** Serves the dashboard's page. Default true. */
  readonly dashboard?: boolean;
  /** Body of `/healthz`: 200 where `ok`, else 503. */
  readonly health?: () => { readonly ok: boolean; readonly [fact: string]: unknown };
  /** Body of `/metrics`; 404 without it. */
  readonly metrics?: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Takes over a connection that asked to be upgraded and was let in. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  /** What to open in a browser. */
  readonly url: string;
  /** Hands upgrades on `path` to `handler`; one handler a path. */
  onUpgrade(path: string, handler: UpgradeHandler): void;
  /** Ends all connections. Can be called more than once. */
  close(): Promise<void>;
}

/** The address cannot be listened on: taken, forbidden or not on this machine. */
export class PortError extends Error {
  override readonly name = 'PortError';
  readonly code: ErrorCode<'PortError'>;
  readonly port: number;

  constructor(code: string, host: string, port: number, cause: unknown) {
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: 'is already in use',
      EACCES: 'may not be opened by this user',
    };
    const reason = reasons[code] ?? `cannot be opened on ${host} (${code})`;
    super(`port ${port} ${reason}: choose another one with --port`, { cause });
    this.code = code;
    this.port = port;
  }
}

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/**
 * Starts the one HTTP server: dashboard, `/metrics`, `/healthz`, and upgrades.
 *
 * Rejects with a `PortError` where the address cannot be had. The page's files
 * are read once, at start, and served out of a map: a path that is not a key of
 * it is 404, so no request can reach the file system.
 */
export async function startHttpServer(options: HttpServerOptions = {}): Promise<HttpServer> {
  const host = options.host ?? '127.0.0.1';
  const rules: AccessRules = {
    host,
    allowedHosts: options.allowedHosts ?? [],
    allowedOrigins: options.allowedOrigins ?? [],
    token: options.token ?? null,
  };
  const files = options.dashboard === false ? new Map<string, PageFile>() : await loadPageFiles();
  const upgrades = new Map<string, UpgradeHandler>();
  const server = createServer(
    // Strangers hold a connection for seconds, not minutes.
    { headersTimeout: 10_000, requestTimeout: 10_000, keepAliveTimeout: 5_000 },
    (request, response) =>
      void answer(request, response, options, rules, files).catch(() => {
        // What asks for health or metrics must not end the process when they fail.
        if (!response.headersSent) send(response, 500, 'text/plain; charset=utf-8', 'failed\n');
      }),
  );
  server.maxConnections = 256;
  server.on('upgrade', (request, socket, head) => upgrade(request, socket, head, rules, upgrades));
  // A client that breaks the protocol or resets its connection concerns nobody else.
  server.on('clientError', (_error, socket) => socket.destroy());
  const port = await listen(server, host, options.port ?? 8080);
  const shown = host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host;
  let closing: Promise<void> | null = null;
  return {
    host,
    port,
    url: `http://${shown}:${port}/`,
    onUpgrade: (path, handler) => void upgrades.set(path, handler),
    close: () => (closing ??= closeServer(server)),
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new PortError(error.code ?? 'unknown', host, port, error)),
    );
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      server.on('error', () => undefined);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpServerOptions,
  rules: AccessRules,
  files: ReadonlyMap<string, PageFile>,
): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (!isHostAllowed(request.headers.host, rules)) {
    send(response, 421, 'text/plain; charset=utf-8', 'this server has another name\n');
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    // No route reads a body, so none is waited for.
    response.setHeader('allow', 'GET, HEAD');
    response.setHeader('connection', 'close');
    send(response, 405, 'text/plain; charset=utf-8', 'GET and HEAD only\n');
    return;
  }
  if (path === '/healthz') {
    const health = options.health?.() ?? { ok: true };
    send(response, health.ok ? 200 : 503, 'application/json', `${JSON.stringify(health)}\n`);
    return;
  }
  if (!isTokenRight(request, rules.token)) {
    response.setHeader('www-authenticate', 'Bearer realm="lifelens"');
    send(response, 401, 'text/plain; charset=utf-8', 'open /?token=… with the token\n');
    return;
  }
  if (rules.token !== null && queryToken(request) === rules.token) {
    // The secret leaves the address bar, and with it the history and the bookmarks.
    const value = encodeURIComponent(rules.token);
    response.setHeader('set-cookie', `lifelens_token=${value}; HttpOnly; SameSite=Strict; Path=/`);
    response.setHeader('location', files.has(path) ? path : '/');
    send(response, 303, 'text/plain; charset=utf-8', '');
    return;
  }
  if (path === '/metrics' && options.metrics !== undefined) {
    const metrics = await options.metrics();
    send(response, 200, metrics.contentType, metrics.body);
    return;
  }
  const file = files.get(path);
  if (file === undefined) {
    send(response, 404, 'text/plain; charset=utf-8', 'nothing here\n');
    return;
  }
  response.setHeader('etag', file.etag);
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304).end();
    return;
  }
  send(response, 200, file.contentType, file.bytes);
}

function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
): void {
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('content-type', contentType);
  response.setHeader('content-length', Buffer.byteLength(body));
  // Node leaves the body of an answer to HEAD out by itself.
  response.writeHead(status).end(body);
}

function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  rules: AccessRules,
  upgrades: ReadonlyMap<string, UpgradeHandler>,
): void {
  socket.on('error', () => socket.destroy());
  const { host, origin } = request.headers;
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const handler = upgrades.get(path);
  if (!isHostAllowed(host, rules)) {
    refuse(socket, '421 Misdirected Request');
    return;
  }
  if (!isOriginAllowed(origin, host, rules)) {
    refuse(socket, '403 Forbidden');
    return;
  }
  if (!isTokenRight(request, rules.token)) {
    refuse(socket, '401 Unauthorized');
    return;
  }
  if (handler === undefined) {
    refuse(socket, '404 Not Found');
    return;
  }
  handler(request, socket, head);
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
