import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Scope } from '../principal.ts';
import { GuessLimits } from './guess-limits.ts';

/** A secret that clients present, and what it allows. */
export interface AccessToken {
  /** Who holds it, as stored with labels; null: the sender says so itself. */
  readonly name: string | null;
  readonly token: string;
  readonly scope: Scope;
}

/** What a client may do, or why it may do nothing. */
export type Access =
  | { readonly granted: true; readonly name: string | null; readonly scope: Scope }
  | { readonly granted: false; readonly reason: 'missing' | 'wrong' }
  | { readonly granted: false; readonly reason: 'limited'; readonly waitMs: number };

/**
 * Tokens of this length cannot be guessed, so they are compared even where guesses are limited:
 * a client that has one is not locked out by the guesses of others behind the same proxy.
 */
export const unguessableLength = 24;

const cookieName = 'lifelens_token';
/** Cookies that were right once and are known by their digest. */
const cookiesKept = 1024;

interface HeldToken extends AccessToken {
  readonly digest: Buffer;
}

/** The tokens of the server. Compares in constant time and limits guesses. */
export class AccessTokens {
  readonly #tokens: readonly HeldToken[];
  readonly #limits = new GuessLimits();
  readonly #rightCookies = new Map<string, HeldToken>();
  #wrong = 0;
  #refused = 0;

  constructor(tokens: readonly AccessToken[]) {
    this.#tokens = tokens.map((each) => ({ ...each, digest: sha256(each.token) }));
  }

  /** Wrong tokens so far. */
  get wrong(): number {
    return this.#wrong;
  }

  /** Requests so far that were refused without a look at their tokens. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * What the tokens of a request allow; everything where the server has none. `address` is that of
   * the client and `nowMs` of a monotonic clock.
   */
  check(request: IncomingMessage, address: string, nowMs: number): Access {
    if (this.#tokens.length === 0) return { granted: true, name: null, scope: 'manage' };
    const { authorization, cookie: cookies } = request.headers;
    const bearer = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    const texts = [bearer, queryToken(request)].filter((text) => text !== undefined);
    const cookie = /(?:^|;\s*)lifelens_token=([^;]*)/.exec(cookies ?? '')?.[1];
    if (texts.length === 0 && cookie === undefined) return { granted: false, reason: 'missing' };
    const waitMs = this.#limits.waitMs(address, nowMs);
    let wasSkipped = false;
    const tried = (digest: string, find: (tokens: readonly HeldToken[]) => HeldToken | null) => {
      if (this.#limits.isKnownWrong(digest)) return null;
      const { isLimited, tokens } = this.#comparable(waitMs);
      const held = find(tokens);
      if (held !== null) return held;
      if (isLimited) wasSkipped = true;
      else this.#countWrong(address, digest, nowMs);
      return null;
    };
    for (const text of texts) {
      const digest = sha256(text);
      const held = tried(digest.toString('base64'), (tokens) => findText(digest, tokens));
      if (held !== null) return grant(held);
    }
    if (cookie !== undefined) {
      const digest = sha256(cookie).toString('base64');
      const known = this.#rightCookies.get(digest);
      if (known !== undefined) return grant(known);
      const held = tried(digest, (tokens) => findCookie(cookie, tokens));
      if (held !== null) {
        this.#rememberCookie(digest, held);
        return grant(held);
      }
    }
    if (!wasSkipped) return { granted: false, reason: 'wrong' };
    this.#refused += 1;
    return { granted: false, reason: 'limited', waitMs };
  }

  /**
   * A cookie, `name=value`, that stands for the token in the address of the request; null without a
   * right one there. It is new each time and holds no token: programs on other ports of this host
   * receive it too.
   */
  cookieFor(request: IncomingMessage): string | null {
    const text = queryToken(request);
    const held = text === undefined ? null : findText(sha256(text), this.#tokens);
    if (held === null) return null;
    const nonce = randomBytes(18).toString('base64url');
    const value = `${nonce}.${seal(nonce, held)}`;
    this.#rememberCookie(sha256(value).toString('base64'), held);
    return `${cookieName}=${value}`;
  }

  #comparable(waitMs: number): { isLimited: boolean; tokens: readonly HeldToken[] } {
    if (waitMs === 0) return { isLimited: false, tokens: this.#tokens };
    const tokens = this.#tokens.filter(({ token }) => token.length >= unguessableLength);
    return { isLimited: true, tokens };
  }

  #countWrong(address: string, digest: string, nowMs: number): void {
    this.#wrong += 1;
    this.#limits.count(address, digest, nowMs);
  }

  #rememberCookie(digest: string, held: HeldToken): void {
    this.#rightCookies.set(digest, held);
    if (this.#rightCookies.size <= cookiesKept) return;
    for (const oldest of this.#rightCookies.keys()) {
      this.#rightCookies.delete(oldest);
      break;
    }
  }
}

/** Returns the `token` query parameter, used to open the dashboard for the first time. */
export function queryToken(request: IncomingMessage): string | undefined {
  const query = (request.url ?? '').split('?', 2)[1];
  return new URLSearchParams(query ?? '').get('token') ?? undefined;
}

function grant({ name, scope }: HeldToken): Access {
  return { granted: true, name, scope };
}

// Digests have one length, and no comparison ends the loop: the time reveals nothing.
function findText(digest: Buffer, tokens: readonly HeldToken[]): HeldToken | null {
  let found: HeldToken | null = null;
  for (const held of tokens) if (timingSafeEqual(digest, held.digest)) found = held;
  return found;
}

function findCookie(cookie: string, tokens: readonly HeldToken[]): HeldToken | null {
  const [nonce = '', sealed = ''] = cookie.split('.', 2);
  let found: HeldToken | null = null;
  for (const held of tokens) {
    if (timingSafeEqual(sha256(sealed), sha256(seal(nonce, held)))) found = held;
  }
  return found;
}

function seal(nonce: string, { digest }: HeldToken): string {
  return createHmac('sha256', digest).update(nonce).digest('base64url');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
