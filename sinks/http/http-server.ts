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

export const httpDefaults = { host: '127.0.0.1', port: 8080 } as const;

const httpLimits = {
  connectionsMax: 256,
  // An unauthenticated client holds a connection for seconds, not minutes.
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 10_000,
  keepAliveTimeoutMs: 5_000,
} as const;

export interface HttpServerOptions {
  /** Address to listen on. Default 127.0.0.1: this machine only. */
  readonly host?: string;
  /** Port to listen on; 0 chooses a free one. Default 8080. */
  readonly port?: number;
  /** A secret that every request except `/healthz` must carry. Default: none. */
  readonly token?: string;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  /** Whether to serve the dashboard. Default true. */
  readonly dashboard?: boolean;
  /** Returns the body of `/healthz`; the status is 200 where `ok`, else 503. */
  readonly health?: () => { readonly ok: boolean; readonly [fact: string]: unknown };
  /** Renders `/metrics`; 404 without it. */
  readonly metrics?: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Handles an upgrade request that passed the access checks, and owns its socket. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  /** Address of the dashboard for a browser. */
  readonly url: string;
  /** Registers the handler of upgrades on `path`; one handler per path. */
  onUpgrade(path: string, handler: UpgradeHandler): void;
  /** Ends all connections. Idempotent. */
  close(): Promise<void>;
}

/** The server cannot listen: the port is taken or forbidden, or the address is not local. */
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

const securityHeaders: Readonly<Record<string, string>> = {
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
 * Starts the HTTP server for the dashboard, `/metrics`, `/healthz` and upgrades.
 *
 * Rejects with a `PortError` where it cannot listen. The dashboard's files are read once, at the
 * start, into a map by path; no request reaches the file system.
 *
 * @example
 * import { PrometheusSink, startHttpServer } from 'lifelens/sinks';
 *
 * const prometheus = new PrometheusSink({ version: '1' });
 * const metrics = () => prometheus.render();
 * const http = await startHttpServer({ port: 0, dashboard: false, metrics });
 * console.log(http.url);
 */
export async function startHttpServer(options: HttpServerOptions = {}): Promise<HttpServer> {
  const host = options.host ?? httpDefaults.host;
  const rules: AccessRules = {
    host,
    allowedHosts: options.allowedHosts ?? [],
    allowedOrigins: options.allowedOrigins ?? [],
    token: options.token ?? null,
  };
  const files = options.dashboard === false ? new Map<string, PageFile>() : await loadPageFiles();
  const upgrades = new Map<string, UpgradeHandler>();
  const server = createServer(
    {
      headersTimeout: httpLimits.headersTimeoutMs,
      requestTimeout: httpLimits.requestTimeoutMs,
      keepAliveTimeout: httpLimits.keepAliveTimeoutMs,
    },
    (request, response) =>
      void respond(request, response, options, rules, files).catch(() => {
        // A failure in `health` or `metrics` must not end the process.
        if (!response.headersSent) send(response, 500, 'text/plain; charset=utf-8', 'failed\n');
      }),
  );
  server.maxConnections = httpLimits.connectionsMax;
  server.on('upgrade', (request, socket, head) => upgrade(request, socket, head, rules, upgrades));
  // A protocol violation or a reset ends that connection only.
  server.on('clientError', (_error, socket) => socket.destroy());
  const port = await listen(server, host, options.port ?? httpDefaults.port);
  const shownHost = host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host;
  let closing: Promise<void> | null = null;
  return {
    host,
    port,
    url: `http://${shownHost}:${port}/`,
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

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpServerOptions,
  rules: AccessRules,
  files: ReadonlyMap<string, PageFile>,
): Promise<void> {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (!isHostAllowed(request.headers.host, rules)) {
    send(response, 421, 'text/plain; charset=utf-8', 'unknown host name\n');
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    // No route reads a body, so the connection closes without waiting for one.
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
    send(response, 401, 'text/plain; charset=utf-8', 'a token is required: open /?token=…\n');
    return;
  }
  if (rules.token !== null && queryToken(request) === rules.token) {
    // The redirect keeps the secret out of the address bar, the history and the bookmarks.
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
    send(response, 404, 'text/plain; charset=utf-8', 'not found\n');
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
  // Node omits the body of a response to HEAD.
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
