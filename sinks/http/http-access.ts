import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

export interface AccessRules {
  /** The address the server listens on. */
  readonly host: string;
  /** Further names of this server, for a reverse proxy or a DNS entry; without port. */
  readonly allowedHosts: readonly string[];
  /** Origins besides this server that may open the WebSocket: `https://name:port`. */
  readonly allowedOrigins: readonly string[];
  /** Required of every request except `/healthz`; null: none. */
  readonly token: string | null;
}

/** Whether a server that listens on `host` is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  const name = normalizeHost(host);
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}

/**
 * Whether the Host header names this server.
 *
 * This defends against DNS rebinding: a foreign domain that resolves to 127.0.0.1 still appears in
 * the Host header. On a non-loopback address, IP addresses and names without a dot pass too, since
 * neither can be a foreign domain.
 */
export function isHostAllowed(header: string | undefined, rules: AccessRules): boolean {
  const name = hostName(header);
  if (name === null) return false;
  if (rules.allowedHosts.some((host) => normalizeHost(host) === name)) return true;
  if (isLoopback(name) || name.endsWith('.localhost')) return true;
  if (isLoopback(rules.host)) return false;
  return isIP(name) !== 0 || !name.includes('.') || name === normalizeHost(rules.host);
}

/**
 * Whether a page of this origin may open a WebSocket. Browsers always send Origin and let pages
 * open sockets to any host, so the server has to check. Programs send none.
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

/**
 * Whether the request carries the token, as a bearer token, a cookie or a query parameter.
 * Browsers cannot set headers on a WebSocket, hence the cookie.
 */
export function isTokenRight(request: IncomingMessage, token: string | null): boolean {
  if (token === null) return true;
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const cookie = /(?:^|;\s*)lifelens_token=([^;]*)/.exec(request.headers.cookie ?? '')?.[1];
  return [bearer, decodeOrNone(cookie), queryToken(request)].some((candidate) =>
    isEqual(candidate, token),
  );
}

/** Returns the `token` query parameter, used to open the dashboard for the first time. */
export function queryToken(request: IncomingMessage): string | undefined {
  const query = (request.url ?? '').split('?', 2)[1];
  return new URLSearchParams(query ?? '').get('token') ?? undefined;
}

function isEqual(candidate: string | undefined, token: string): boolean {
  if (candidate === undefined) return false;
  // A comparison in constant time reveals nothing about the token.
  const a = Buffer.from(candidate);
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}

function decodeOrNone(value: string | undefined): string | undefined {
  try {
    return value === undefined ? undefined : decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function hostName(header: string | undefined): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[^:/@\s]+)(?::\d{1,5})?$/i.exec(header ?? '');
  return match?.[1] === undefined ? null : normalizeHost(match[1]);
}

function normalizeHost(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase();
}
