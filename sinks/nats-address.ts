import { isIP } from 'node:net';
import type { ErrorCode } from '../operators/foundation/errors/error-codes.ts';

/** The address of a broker as a user writes it, taken apart. */
export interface NatsAddress {
  /** `host:port`, or `host`: what may be shown. */
  readonly server: string;
  readonly isEncrypted: boolean;
  readonly user?: string;
  readonly pass?: string;
  /** The user name of an address without a password is a token. */
  readonly token?: string;
}

/** The address of a broker is malformed. The message does not repeat it: it may hold a password. */
export class NatsAddressError extends Error {
  override readonly name = 'NatsAddressError';
  readonly code: ErrorCode<'NatsAddressError'> = 'bad-address';
}

/**
 * Takes apart `host`, `host:port`, `nats://user:password@host:port`, `nats://token@host` and the
 * same with `tls://`, which encrypts. Reserved characters in credentials are percent-encoded.
 *
 * @throws NatsAddressError where it is none of these.
 */
export function parseNatsAddress(text: string): NatsAddress {
  const schemed = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `nats://${text}`;
  // The URL parser knows the rules of `http` only: default port, lower case, punycode.
  const [, scheme = ''] = /^([a-z0-9+.-]+):\/\//i.exec(schemed) ?? [];
  if (!/^(nats|tls)$/i.test(scheme)) {
    throw new NatsAddressError('expected nats:// or tls:// before the address, or neither');
  }
  let url: URL;
  try {
    url = new URL(schemed.replace(/^[^:]+/, 'http'));
  } catch {
    throw malformed();
  }
  // `http` leaves its own port 80 out.
  const port = /:(\d+)\/?$/.exec(schemed)?.[1] ?? '';
  const rest = `${url.pathname.replace(/^\/$/, '')}${url.search}${url.hash}`;
  if (!isHost(url.hostname) || rest !== '' || /\s/.test(text) || port === '0') throw malformed();
  const user = decoded(url.username);
  const pass = decoded(url.password);
  return {
    server: port === '' ? url.hostname : `${url.hostname}:${Number(port)}`,
    isEncrypted: /^tls$/i.test(scheme),
    ...(user !== '' && (pass === '' ? { token: user } : { user, pass })),
  };
}

/** What the broker asks for; the same for all addresses. */
export type NatsCredentials = Pick<NatsAddress, 'user' | 'pass' | 'token'>;

/**
 * The credentials of several addresses, of which a broker takes one set: those without any get those
 * of the others. Throws a {@link NatsAddressError} where they differ.
 */
export function credentialsOf(addresses: readonly NatsAddress[]): NatsCredentials {
  const given = addresses.filter(({ user, token }) => user !== undefined || token !== undefined);
  const [first] = given;
  if (first === undefined) return {};
  const { user, pass, token } = first;
  if (given.some((each) => each.user !== user || each.pass !== pass || each.token !== token)) {
    throw new NatsAddressError('expected the same credentials in all addresses');
  }
  return {
    ...(user !== undefined && { user }),
    ...(pass !== undefined && { pass }),
    ...(token !== undefined && { token }),
  };
}

function isHost(name: string): boolean {
  if (name.startsWith('[')) return isIP(name.slice(1, -1)) === 6;
  return /^[a-z0-9_]([a-z0-9_.-]{0,253})$/i.test(name) && !name.includes('..');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed();
  }
}

function malformed(): NatsAddressError {
  return new NatsAddressError('expected nats://host:port, with user:password@ where needed');
}
