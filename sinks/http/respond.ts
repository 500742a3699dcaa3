import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PageFile } from '../dashboard/page-files.ts';
import type { HealthReport } from '../health.ts';
import { includesScope } from '../principal.ts';
import { type Access, type AccessTokens, queryToken } from './access-tokens.ts';
import { pathInside } from './base-path.ts';
import { type AccessRules, isHostAllowed } from './http-access.ts';

/** What the routes of the server are answered from. */
export interface Routes {
  readonly rules: AccessRules;
  readonly tokens: AccessTokens;
  /** Path prefix without a slash at its end; empty: none. */
  readonly basePath: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly files: ReadonlyMap<string, PageFile>;
  readonly health: () => HealthReport;
  readonly metrics: (() => Promise<{ readonly contentType: string; readonly body: string }>) | null;
  /** Checks the tokens of a request, and counts its connection as known where they are right. */
  access(request: IncomingMessage): Access;
}

const plainText = 'text/plain; charset=utf-8';

/** Answers one request. Rejects where `health` or `metrics` fail. */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Routes,
): Promise<void> {
  const { rules, basePath, headers, files } = routes;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (!isHostAllowed(request.headers.host, rules)) {
    send(response, 421, plainText, 'unknown host name\n');
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    // No route reads a body, so the connection closes without waiting for one.
    response.setHeader('allow', 'GET, HEAD');
    response.setHeader('connection', 'close');
    send(response, 405, plainText, 'GET and HEAD only\n');
    return;
  }
  const path = pathInside(basePath, pathOf(request));
  const access = routes.access(request);
  if (path === '/healthz' || path === '/readyz') {
    sendHealth(response, path, routes.health(), access);
    return;
  }
  if (!access.granted) {
    refuse(response, access);
    return;
  }
  const isPage = path === null || path === '/' || path === '/index.html';
  if (isPage && files.size > 0 && (path === null || queryToken(request) !== undefined)) {
    redirectToPage(request, response, routes);
    return;
  }
  if (path === '/metrics' && routes.metrics !== null) {
    const metrics = await routes.metrics();
    send(response, 200, metrics.contentType, metrics.body);
    return;
  }
  sendFile(request, response, files.get(path ?? ''));
}

/** The path of a request, without its query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

/** The status alone tells an orchestrator enough; the parts are for those who may see them. */
function sendHealth(
  response: ServerResponse,
  path: '/healthz' | '/readyz',
  { live, ready, parts }: HealthReport,
  access: Access,
): void {
  const ok = path === '/healthz' ? live : ready;
  const maySee = access.granted && includesScope(access.scope, 'view');
  const body = JSON.stringify({ ok, ...(maySee && { live, ready, parts }) });
  send(response, ok ? 200 : 503, 'application/json', `${body}\n`);
}

function refuse(response: ServerResponse, access: Access & { readonly granted: false }): void {
  // Whoever holds no token has no reason to hold the connection.
  response.setHeader('connection', 'close');
  if (access.reason === 'limited') {
    response.setHeader('retry-after', Math.ceil(access.waitMs / 1000));
    send(response, 429, plainText, 'too many wrong tokens; try again later\n');
    return;
  }
  response.setHeader('www-authenticate', 'Bearer realm="lifelens"');
  send(response, 401, plainText, 'a token is required: open /?token=…\n');
}

/**
 * Leads to the page, with a cookie instead of the token: the redirect keeps the secret out of the
 * address bar, the history and the bookmarks.
 *
 * Without a configured prefix, the address is relative and the cookie has the browser's default
 * path, so both are right behind a proxy that strips a prefix which this server does not know.
 */
function redirectToPage(
  request: IncomingMessage,
  response: ServerResponse,
  { tokens, basePath }: Routes,
): void {
  const cookie = tokens.cookieFor(request);
  const path = basePath === '' ? '' : `; Path=${basePath}`;
  if (cookie !== null) {
    response.setHeader('set-cookie', `${cookie}; HttpOnly; SameSite=Strict${path}`);
  }
  response.setHeader('location', basePath === '' ? './' : `${basePath}/`);
  send(response, 303, plainText, '');
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: PageFile | undefined,
): void {
  if (file === undefined) {
    send(response, 404, plainText, 'not found\n');
    return;
  }
  response.setHeader('etag', file.etag);
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304).end();
    return;
  }
  send(response, 200, file.contentType, file.bytes);
}

/** Sends a whole response. */
export function send(
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
