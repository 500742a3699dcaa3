import { readFileSync } from 'node:fs';
import { shownAddress } from '../../foundation/secrets/shown-address.ts';
import { SourceError } from '../source.ts';

/** Credentials of a network source, beside those in its URL, and what it may lead to. */
export interface NetworkOptions {
  /** User name. Default: the one in the URL. */
  readonly user?: string;
  /** Password. Default: the one in the URL. */
  readonly password?: string;
  /** File with the password, read whenever the camera is opened; a final line break is dropped. */
  readonly passwordFile?: string;
  /**
   * Whether redirects and playlists may lead to other hosts and ports. They get no credentials.
   * Default false.
   */
  readonly allowRedirects?: boolean;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Where a camera is, and how it is logged in to. */
export interface NetworkAddress {
  /** Without user info. */
  readonly url: URL;
  /** All of it that may be shown. */
  readonly label: string;
  /** Null where there are none. Throws a SourceError `not-found` when the file can't be read. */
  readonly credentials: () => Credentials | null;
  readonly allowRedirects: boolean;
}

const defaultPorts: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'rtsp:': 554,
  'rtsps:': 322,
};

/**
 * Parses the URL of a camera.
 *
 * @throws SourceError `bad-source` if it is malformed, without quoting it.
 */
export function networkAddress(text: string, options: NetworkOptions = {}): NetworkAddress {
  const label = shownAddress(text);
  if (!URL.canParse(text) || new URL(text).hostname === '') {
    const hint = 'in a user name or password, write / as %2F and @ as %40';
    throw new SourceError('bad-source', label, `not a URL: ${label} (${hint})`);
  }
  const url = new URL(text);
  const user = options.user ?? decoded(url.username);
  const written = options.password ?? decoded(url.password);
  url.username = '';
  url.password = '';
  url.hash = '';
  const { passwordFile, allowRedirects = false } = options;
  const credentials = (): Credentials | null => {
    const password = passwordFile === undefined ? written : readPassword(passwordFile, label);
    return user === '' && password === '' ? null : { user, password };
  };
  return { url, label, credentials, allowRedirects };
}

/** The port that a URL names or implies. */
export function portOf(url: URL): number {
  return url.port === '' ? (defaultPorts[url.protocol] ?? 0) : Number(url.port);
}

/** The host that a URL names, without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** Whether two URLs lead to the same server: scheme, host and port. */
export function isSameServer(a: URL, b: URL): boolean {
  return (
    a.protocol === b.protocol &&
    a.hostname.toLowerCase() === b.hostname.toLowerCase() &&
    portOf(a) === portOf(b)
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readPassword(file: string, label: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message = `the password file of ${label} can't be read (${code ?? 'unknown'}): ${file}`;
    throw new SourceError('not-found', label, message, { cause });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'the host is unreachable',
  ENETUNREACH: 'the network is unreachable',
  ENOTFOUND: 'the name of the host is not known',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  ETIMEDOUT: 'the connection timed out',
};

/** Why a connection failed, in words without an address. */
export function whyUnconnected(error: NodeJS.ErrnoException): string {
  const { code = '' } = error;
  return reasons[code] ?? (code === '' ? error.message : `the connection failed (${code})`);
}

/** What is said of a redirect to another server. */
export function redirectProblem(target: string): string {
  return `it leads to another address, ${shownAddress(target)}, which is only followed with allowRedirects: true`;
}
