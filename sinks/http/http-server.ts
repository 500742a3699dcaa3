import type { ErrorCode } from '../../operators/foundation/errors/error-codes.ts';
import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '../../operators/foundation/time/clock.ts';
import { loadPageFiles, type PageFile } from '../dashboard/page-files.ts';
import type { HealthReport } from '../health.ts';
import type { Principal } from '../principal.ts';
import { type AccessToken, AccessTokens } from './access-tokens.ts';
import { normaliseBasePath, pathInside } from './base-path.ts';
import { TrustedProxies } from './client-address.ts';
import { ConnectionGuard, type ConnectionLimits, connectionLimits } from './connection-guard.ts';
import { isHostAllowed, isOriginAllowed } from './http-access.ts';
import { pathOf, respond, type Routes, send } from './respond.ts';
import { securityHeaders } from './security-headers.ts';

export const httpDefaults = { host: '127.0.0.1', port: 8080 } as const;

/** Time limits of a connection, in ms; docs/limits.md states them. */
export const httpTimeouts = {
  /** For the whole head of a request, from the start of the connection or the request before. */
  headersMs: 5000,
  /** For a whole request. */
  requestMs: 10_000,
  /** Between two requests. */
  keepAliveMs: 5000,
  /** Without any byte in either direction; a WebSocket has its heartbeat instead. */
  silenceMs: 30_000,
} as const;

/** Node looks for late requests this often; its default is half a minute. */
const timeoutsCheckedMs = 1000;

export interface HttpServerOptions {
  /** Address to listen on. Default 127.0.0.1: this machine only. */
  readonly host?: string;
  /** Port to listen on; 0 chooses a free one. Default 8080. */
  readonly port?: number;
  /** A secret that allows everything. Default: none. */
  readonly token?: string;
  /**
   * Further secrets, each with a holder and a scope. With neither `token` nor any of these, every
   * client may do everything. Otherwise every request but those for health must carry one.
   */
  readonly tokens?: readonly AccessToken[];
  /** Path prefix under which a proxy shows this server, such as `/lifelens`. Default: none. */
  readonly basePath?: string;
  /** Origins of the pages that may show this one in a frame, or `'self'`. Default: none. */
  readonly frameAncestors?: readonly string[];
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustedProxies?: readonly string[];
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  /** Whether to serve the dashboard. Default true. */
  readonly dashboard?: boolean;
  /**
   * Returns what `/healthz` (200 while `live`, else 503) and `/readyz` (the same for `ready`) tell.
   * Default: live and ready, without parts.
   */
  readonly health?: () => HealthReport;
  /** Renders `/metrics`; 404 without it. */
  readonly metrics?: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** Bounds on connections. Defaults: 128 strangers of one address, 256 of all, 512 in total. */
  readonly connectionLimits?: Partial<ConnectionLimits>;
  /** Clock of the limits on wrong tokens. Default: the system's. */
  readonly clock?: Pick<Clock, 'nowMs'>;
}

/** Handles an upgrade request that passed the access checks, and owns its socket. */
export type UpgradeHandler = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  principal: Principal,
) => void;

/** What the server refused so far. */
export interface HttpCounts {
  /** Wrong tokens, each counted once. */
  readonly wrongTokens: number;
  /** Requests whose tokens were not looked at, because too many wrong ones came before. */
  readonly limitedRequests: number;
  /** Connections that were closed to make room for newer ones. */
  readonly evictedConnections: number;
}

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  /** Address of the dashboard for a browser. */
  readonly url: string;
  readonly counts: HttpCounts;
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

/**
 * Starts the HTTP server for the dashboard, `/metrics`, `/healthz`, `/readyz` and upgrades.
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
  const proxies = new TrustedProxies(options.trustedProxies ?? []);
  const guard = new ConnectionGuard(proxies, { ...connectionLimits, ...options.connectionLimits });
  const routes = await routesOf(options, host, proxies, guard);
  const upgrades = new Map<string, UpgradeHandler>();
  const server = createServer(serverOptions, (request, response) => {
    respond(request, response, routes).catch(() => {
      // A failure in `health` or `metrics` must not end the process.
      if (!response.headersSent) send(response, 500, 'text/plain; charset=utf-8', 'failed\n');
    });
  });
  server.timeout = httpTimeouts.silenceMs;
  server.on('connection', (socket) => guard.admit(socket));
  server.on('upgrade', (request, socket, head) => {
    upgrade(request, socket, head, routes, upgrades, guard);
  });
  // A protocol violation or a reset ends that connection only.
  server.on('clientError', (_error, socket) => socket.destroy());
  const port = await listen(server, host, options.port ?? httpDefaults.port);
  const shownHost = host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host;
  let closing: Promise<void> | null = null;
  return {
    host,
    port,
    url: `http://${shownHost}:${port}${routes.basePath}/`,
    get counts() {
      const { wrong: wrongTokens, refused: limitedRequests } = routes.tokens;
      return { wrongTokens, limitedRequests, evictedConnections: guard.evicted };
    },
    onUpgrade: (path, handler) => void upgrades.set(path, handler),
    close: () => (closing ??= closeServer(server)),
  };
}

const serverOptions: ServerOptions = {
  headersTimeout: httpTimeouts.headersMs,
  requestTimeout: httpTimeouts.requestMs,
  keepAliveTimeout: httpTimeouts.keepAliveMs,
  connectionsCheckingInterval: timeoutsCheckedMs,
};

const healthy: HealthReport = { live: true, ready: true, parts: [] };

async function routesOf(
  options: HttpServerOptions,
  host: string,
  proxies: TrustedProxies,
  guard: ConnectionGuard,
): Promise<Routes> {
  const { token, tokens: further = [], clock = systemClock } = options;
  const single = token === undefined ? [] : [{ name: null, token, scope: 'manage' } as const];
  const tokens = new AccessTokens([...single, ...further]);
  const noFiles: ReadonlyMap<string, PageFile> = new Map();
  return {
    rules: {
      host,
      allowedHosts: options.allowedHosts ?? [],
      allowedOrigins: options.allowedOrigins ?? [],
    },
    tokens,
    basePath: normaliseBasePath(options.basePath ?? ''),
    headers: securityHeaders(options.frameAncestors ?? []),
    files: options.dashboard === false ? noFiles : await loadPageFiles(),
    health: options.health ?? (() => healthy),
    metrics: options.metrics ?? null,
    access(request) {
      const access = tokens.check(request, proxies.clientOf(request), clock.nowMs());
      if (access.granted) guard.trust(request.socket);
      return access;
    },
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

function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  routes: Routes,
  upgrades: ReadonlyMap<string, UpgradeHandler>,
  guard: ConnectionGuard,
): void {
  socket.on('error', () => socket.destroy());
  const { host, origin } = request.headers;
  const { rules } = routes;
  if (!isHostAllowed(host, rules)) {
    refuse(socket, '421 Misdirected Request');
    return;
  }
  if (!isOriginAllowed(origin, host, rules)) {
    refuse(socket, '403 Forbidden');
    return;
  }
  const access = routes.access(request);
  if (!access.granted) {
    refuse(socket, access.reason === 'limited' ? '429 Too Many Requests' : '401 Unauthorized');
    return;
  }
  const handler = upgrades.get(pathInside(routes.basePath, pathOf(request)) ?? '/');
  if (handler === undefined) {
    refuse(socket, '404 Not Found');
    return;
  }
  guard.release(socket);
  const { name, scope } = access;
  // Only browsers send Origin.
  const kind = origin === undefined ? 'program' : 'person';
  handler(request, socket, head, { kind, name, scope });
}

/** Refuses an upgrade, and does not wait for the client to close its side too. */
function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  );
}
