import { createHash, randomBytes } from 'node:crypto';
import type { Credentials } from './network-address.ts';

/** Parameters of a challenge, such as `realm` and `nonce`, by name in lower case. */
type Challenge = ReadonlyMap<string, string>;

const hashes: Readonly<Record<string, string>> = {
  md5: 'md5',
  'md5-sess': 'md5',
  'sha-256': 'sha256',
  'sha-256-sess': 'sha256',
};

/**
 * Answers the challenges of a server, for HTTP and RTSP: Digest (RFC 7616, with MD5 or SHA-256),
 * else Basic (RFC 7617). Nothing is sent before the server asks for it.
 */
export class Authorization {
  readonly #credentials: Credentials | null;
  #scheme: 'none' | 'basic' | 'digest' = 'none';
  #challenge: Challenge = new Map();
  #uses = 0;

  constructor(credentials: Credentials | null) {
    this.#credentials = credentials;
  }

  /** Takes the `WWW-Authenticate` headers of an answer; whether it can be answered. */
  challenged(headers: readonly string[]): boolean {
    if (this.#credentials === null) return false;
    for (const header of headers) {
      const [, parameters] = /\bdigest\s+(.*)/is.exec(header) ?? [];
      if (parameters === undefined) continue;
      const challenge = parseParameters(parameters);
      if (hashes[algorithmOf(challenge)] === undefined) continue;
      this.#scheme = 'digest';
      this.#challenge = challenge;
      this.#uses = 0;
      return true;
    }
    if (!headers.some((header) => /\bbasic\b/i.test(header))) return false;
    this.#scheme = 'basic';
    return true;
  }

  /** Value of the `Authorization` header of a request; null while nothing was asked for. */
  header(method: string, uri: string): string | null {
    if (this.#credentials === null || this.#scheme === 'none') return null;
    const { user, password } = this.#credentials;
    if (this.#scheme === 'basic') {
      return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    }
    return this.#digest(method, uri, this.#credentials);
  }

  #digest(method: string, uri: string, { user, password }: Credentials): string {
    const challenge = this.#challenge;
    const algorithm = algorithmOf(challenge);
    const hash = (text: string) =>
      createHash(hashes[algorithm] ?? 'md5')
        .update(text)
        .digest('hex');
    const realm = challenge.get('realm') ?? '';
    const nonce = challenge.get('nonce') ?? '';
    const client = randomBytes(8).toString('hex');
    const count = (++this.#uses).toString(16).padStart(8, '0');
    const withQop = /(^|[\s,])auth([\s,]|$)/i.test(challenge.get('qop') ?? '');
    let secret = hash(`${user}:${realm}:${password}`);
    if (algorithm.endsWith('-sess')) secret = hash(`${secret}:${nonce}:${client}`);
    const request = hash(`${method}:${uri}`);
    const response = hash(
      withQop
        ? `${secret}:${nonce}:${count}:${client}:auth:${request}`
        : `${secret}:${nonce}:${request}`,
    );
    const quoted = (name: string, value: string) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`;
    const opaque = challenge.get('opaque');
    return `Digest ${[
      quoted('username', user),
      quoted('realm', realm),
      quoted('nonce', nonce),
      quoted('uri', uri),
      quoted('response', response),
      ...(challenge.has('algorithm') ? [`algorithm=${challenge.get('algorithm')!}`] : []),
      ...(withQop || algorithm.endsWith('-sess') ? [quoted('cnonce', client)] : []),
      ...(withQop ? ['qop=auth', `nc=${count}`] : []),
      ...(opaque === undefined ? [] : [quoted('opaque', opaque)]),
    ].join(', ')}`;
  }
}

function algorithmOf(challenge: Challenge): string {
  return (challenge.get('algorithm') ?? 'md5').toLowerCase();
}

/** Parses `realm="x", nonce="y"`; of a repeated parameter the first counts. */
function parseParameters(text: string): Challenge {
  const parameters = new Map<string, string>();
  for (const match of text.matchAll(/([a-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi)) {
    const name = match[1]!.toLowerCase();
    const value = match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '';
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return parameters;
}
