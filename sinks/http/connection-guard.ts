import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { limitedAs, plainAddress, type TrustedProxies } from './client-address.ts';

/** Bounds on connections without WebSockets; docs/limits.md states them. */
export const connectionLimits = {
  /** Connections on which nothing was authenticated yet: of one address, and of all. */
  strangersPerAddress: 128,
  strangers: 256,
  /** Strangers and authenticated connections together. */
  total: 512,
} as const;

export type ConnectionLimits = { readonly [K in keyof typeof connectionLimits]: number };

/**
 * Keeps the server free for newcomers: beyond its bounds, the stranger that waits longest makes
 * room, and among strangers one of the address that has the most.
 *
 * A stranger is a connection on which no request has shown the right to see anything.
 */
export class ConnectionGuard {
  readonly #limits: ConnectionLimits;
  readonly #proxies: TrustedProxies;
  readonly #strangers = new Map<string, Set<Duplex>>();
  readonly #addressOf = new Map<Duplex, string>();
  /** Authenticated connections, the one whose last request is oldest first. */
  readonly #known = new Set<Duplex>();
  #evicted = 0;

  constructor(proxies: TrustedProxies, limits: ConnectionLimits = connectionLimits) {
    this.#proxies = proxies;
    this.#limits = limits;
  }

  /** Connections so far that were closed to make room. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Takes a new connection in, as a stranger. */
  admit(socket: Socket): void {
    const { strangersPerAddress, strangers, total } = this.#limits;
    const remote = plainAddress(socket.remoteAddress);
    const address = limitedAs(remote);
    socket.once('close', () => this.release(socket));
    // A proxy speaks for many clients; the bounds on all of them hold for it too.
    const own = this.#proxies.has(remote) ? undefined : this.#strangers.get(address);
    if ((own?.size ?? 0) >= strangersPerAddress) this.#evictOldest(own!);
    else if (this.#addressOf.size >= strangers) this.#evictFairly();
    else if (this.#addressOf.size + this.#known.size >= total) this.#evictFairly();
    const sockets = this.#strangers.get(address) ?? new Set<Duplex>();
    this.#strangers.set(address, sockets.add(socket));
    this.#addressOf.set(socket, address);
  }

  /** Notes that a request on the connection was authenticated; it is a stranger no more. */
  trust(socket: Duplex): void {
    if (!this.#addressOf.has(socket) && !this.#known.has(socket)) return;
    this.release(socket);
    this.#known.add(socket);
  }

  /** Leaves the connection to others: it ended, or it is a WebSocket, which its sink bounds. */
  release(socket: Duplex): void {
    this.#known.delete(socket);
    const address = this.#addressOf.get(socket);
    if (address === undefined) return;
    this.#addressOf.delete(socket);
    const sockets = this.#strangers.get(address);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.#strangers.delete(address);
  }

  #evictFairly(): void {
    let most: ReadonlySet<Duplex> = this.#known;
    for (const sockets of this.#strangers.values()) {
      if (most === this.#known || sockets.size > most.size) most = sockets;
    }
    this.#evictOldest(most);
  }

  #evictOldest(sockets: ReadonlySet<Duplex>): void {
    for (const oldest of sockets) {
      this.#evicted += 1;
      this.release(oldest);
      oldest.destroy();
      return;
    }
  }
}
