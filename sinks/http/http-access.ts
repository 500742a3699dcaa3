import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

export interface AccessRules {
  /** The address the server listens on. */
  readonly host: string;
  /** Names under which a reverse proxy or a DNS entry reaches this server, without port. */
  readonly allowedHosts: readonly string[];
  /** Pages from elsewhere that may open the WebSocket: `https://name:port`. */
  readonly allowedOrigins: readonly string[];
  /** Asked of every request but `/healthz` where set. */
  readonly token: string | null;
}

/** Whether only this machine reaches a server that listens on `host`. */
export function isLoopback(host: string): boolean {
  const name = bare(host);
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}

/**
 * Whether the Host header names this server. A page of a stranger whose domain
 * is made to resolve to 127.0.0.1 (DNS rebinding) carries the stranger's name
 * here, and is refused by it. On a public address, IP addresses and names
 * without a dot pass too: neither can be a stranger's domain.
 */
export function isHostAllowed(header: string | undefined, rules: AccessRules): boolean {
  const name = hostName(header);
  if (name === null) return false;
  if (rules.allowedHosts.some((host) => bare(host) === name)) return true;
  if (isLoopback(name) || name.endsWith('.localhost')) return true;
  if (isLoopback(rules.host)) return false;
  return isIP(name) !== 0 || !name.includes('.') || name === bare(rules.host);
}

/**
 * Whether the page that opens a WebSocket may. Browsers always send Origin and
 * do not keep pages from opening sockets to other hosts, so the server must.
 * Programs send none.
 */
export function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  rules: AccessRules,
): boolean {
  if (origin === undefined) return true;
  if (rules.allowedOrigins.includes(origin)) return true;
  return /^https?:\/\//.test(origin) && origin.replace(/^https?:\/\//, '') === host;
}

/** Where a request carried its token: browsers cannot set headers on a WebSocket, so the cookie counts as well. */
export function isTokenRight(request: IncomingMessage, token: string | null): boolean {
  if (token === null) return true;
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const cookie = /(?:^|;\s*)lifelens_token=([^;]*)/.exec(request.headers.cookie ?? '')?.[1];
  return [bearer, decoded(cookie), queryToken(request)].some((given) => same(given, token));
}

/** The `token` in a request's address, with which a person opens the dashboard for the first time. */
export function queryToken(request: IncomingMessage): string | undefined {
  const query = (request.url ?? '').split('?', 2)[1];
  return new URLSearchParams(query ?? '').get('token') ?? undefined;
}

function same(given: string | undefined, token: string): boolean {
  if (given === undefined) return false;
  const a = Buffer.from(given);
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}

function decoded(value: string | undefined): string | undefined {
  try {
    return value === undefined ? undefined : decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function hostName(header: string | undefined): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[^:/@\s]+)(?::\d{1,5})?$/i.exec(header ?? '');
  return match?.[1] === undefined ? null : bare(match[1]);
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase();
}
