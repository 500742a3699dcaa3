import { TokenBucket } from '../token-bucket.ts';
import { limitedAs } from './client-address.ts';

/** Bounds on wrong tokens; docs/limits.md states them. */
export const guessLimits = {
  /** Wrong tokens of one address at once, and per second in the long run. */
  burst: 10,
  perSecond: 0.1,
  /** The same for all addresses together: a guesser may have many. */
  totalBurst: 200,
  totalPerSecond: 5,
  /** Addresses that are told apart; beyond it, the one that guessed longest ago is forgotten. */
  addressesMax: 4096,
  /** Wrong tokens that are remembered: sending one again is no further guess. */
  wrongKept: 4096,
} as const;

/** Limits how many different wrong tokens a client, and all clients together, may send. */
export class GuessLimits {
  readonly #byAddress = new Map<string, TokenBucket>();
  readonly #total = new TokenBucket(guessLimits.totalBurst, guessLimits.totalPerSecond);
  readonly #wrong = new Set<string>();

  /** ms until the client may send the next guess; 0: at once. */
  waitMs(address: string, nowMs: number): number {
    const own = this.#byAddress.get(limitedAs(address));
    return Math.max(own?.waitMs(nowMs) ?? 0, this.#total.waitMs(nowMs));
  }

  /** Whether this token, by its digest, is known to be wrong. */
  isKnownWrong(digest: string): boolean {
    return this.#wrong.has(digest);
  }

  /** Counts a wrong token, by its digest. */
  count(address: string, digest: string, nowMs: number): void {
    const key = limitedAs(address);
    const bucket =
      this.#byAddress.get(key) ?? new TokenBucket(guessLimits.burst, guessLimits.perSecond);
    bucket.take(nowMs);
    this.#total.take(nowMs);
    // Deleting first makes the order of the map that of the last guesses.
    this.#byAddress.delete(key);
    this.#byAddress.set(key, bucket);
    keepNewest(this.#byAddress, guessLimits.addressesMax);
    this.#wrong.add(digest);
    keepNewest(this.#wrong, guessLimits.wrongKept);
  }
}

function keepNewest(kept: Map<string, unknown> | Set<string>, max: number): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= max) return;
    kept.delete(oldest);
  }
}
