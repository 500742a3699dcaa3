import { isIP } from 'node:net';

export interface AccessRules {
  /** The address the server listens on. */
  readonly host: string;
  /** Further names of this server, for a reverse proxy or a DNS entry; without port. */
  readonly allowedHosts: readonly string[];
  /** Origins besides this server that may open the WebSocket: `https://name:port`. */
  readonly allowedOrigins: readonly string[];
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

function hostName(header: string | undefined): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[^:/@\s]+)(?::\d{1,5})?$/i.exec(header ?? '');
  return match?.[1] === undefined ? null : normalizeHost(match[1]);
}

function normalizeHost(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase();
}
