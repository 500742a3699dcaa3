import { readFileSync } from 'node:fs';
import { credsAuthenticator, ErrorCode as NatsCode, type ConnectionOptions } from 'nats';
import type { ErrorCode } from '../operators/foundation/errors/error-codes.ts';
import { credentialsOf, parseNatsAddress } from './nats-address.ts';

/** Where the broker is, and how a client shows that it may connect. */
export interface NatsConnectionOptions {
  /**
   * `host:port`, one or several of one cluster, each with `nats://` or `tls://` (encrypted) and
   * credentials before it where needed, as in `nats://user:password@host:port`.
   */
  readonly servers: string | readonly string[];
  readonly token?: string;
  readonly user?: string;
  readonly pass?: string;
  /** A `.creds` file (JWT and NKey seed). */
  readonly credsFile?: string;
  /** Encrypts the connection; `{}` trusts the system's authorities. */
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
  };
}

/** The credentials file cannot be read. */
export class NatsCredentialsError extends Error {
  override readonly name = 'NatsCredentialsError';
  readonly code: ErrorCode<'NatsCredentialsError'> = 'unreadable';

  constructor(path: string, cause: unknown) {
    super(`cannot read NATS credentials from ${path}`, { cause });
  }
}

/** What the client library needs to connect. Throws as the constructor of the sink does. */
export function connectionOptions(options: NatsConnectionOptions): ConnectionOptions {
  const { token, user, pass, tls, credsFile } = options;
  const servers = typeof options.servers === 'string' ? [options.servers] : options.servers;
  const addresses = servers.map(parseNatsAddress);
  const inAddresses = credentialsOf(addresses);
  // Those of the options replace those in the addresses as a whole.
  const given = token !== undefined || user !== undefined || credsFile !== undefined;
  const isEncrypted = tls !== undefined || addresses.some((address) => address.isEncrypted);
  let authenticator;
  if (credsFile !== undefined) {
    try {
      authenticator = credsAuthenticator(readFileSync(credsFile));
    } catch (error) {
      throw new NatsCredentialsError(credsFile, error);
    }
  }
  return {
    servers: addresses.map(({ server }) => server),
    name: 'lifelens',
    // One loop covers the first connection and every later one, under one back-off.
    reconnect: false,
    timeout: 3000,
    // An unresponsive broker counts as lost after 20 to 30 seconds.
    pingInterval: 10_000,
    maxPingOut: 2,
    ...(given ? {} : inAddresses),
    ...(token !== undefined && { token }),
    ...(user !== undefined && { user }),
    ...(pass !== undefined && { pass }),
    ...(isEncrypted && { tls: { ...tls } }),
    ...(authenticator !== undefined && { authenticator }),
  };
}

/** Codes of a broker that is there and does not let this client in. */
const refusals = new Set<string>([NatsCode.AuthorizationViolation, NatsCode.AuthenticationExpired]);

/** What to tell of a failed attempt. */
export function outageLine(error: unknown): string {
  const reason = reasonOf(error);
  return refusals.has(reason)
    ? `the NATS broker refuses the credentials (${reason}); retrying`
    : `no NATS broker yet (${reason}); retrying`;
}

/** The code of an error of the library, or its message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
