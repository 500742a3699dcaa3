/** Importance of a message: where the cap is reached, lower ranks are dropped first. */
export type Rank = 0 | 1 | 2 | 3;

interface Entry<T> {
  readonly message: T;
  readonly bytes: number;
  readonly rank: Rank;
}

export const outboxLimits = {
  /** Choosing what to drop scans all messages, so their number is bounded as well. */
  messagesMax: 1024,
  /** Bookkeeping per message, counted against the cap. */
  overheadBytes: 128,
} as const;

/**
 * Queues messages for a slow client or an absent broker, in order, under a cap in bytes.
 *
 * A message with a key replaces the waiting message with the same key: only the newest picture
 * of a camera is of use. Every replaced or evicted message counts as dropped.
 */
export class Outbox<T> {
  readonly #bytesMax: number;
  readonly #entries = new Map<string, Entry<T>>();
  #nextKey = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Adds a message of `size` bytes. `elsewhere` counts bytes outside the queue that share its
   * cap, such as those in the socket's own buffer. Returns false where the message is dropped.
   */
  add(key: string | null, message: T, size: number, rank: Rank, elsewhere = 0): boolean {
    const bytes = size + outboxLimits.overheadBytes;
    if (key !== null && this.#remove(key)) this.#dropped += 1;
    const room = this.#bytesMax - elsewhere - bytes;
    const isFull = (): boolean =>
      this.#bytes > room || this.#entries.size >= outboxLimits.messagesMax;
    while (isFull()) {
      const victim = this.#leastImportant();
      if (victim === null || this.#entries.get(victim)!.rank > rank) break;
      this.#remove(victim);
      this.#dropped += 1;
    }
    if (isFull()) {
      this.#dropped += 1;
      return false;
    }
    this.#entries.set(key ?? `#${this.#nextKey++}`, { message, bytes, rank });
    this.#bytes += bytes;
    return true;
  }

  /** Removes and returns the oldest message; null where none waits. */
  shift(): T | null {
    for (const [key, { message }] of this.#entries) {
      this.#remove(key);
      return message;
    }
    return null;
  }

  /** Drops all messages and counts them. */
  clear(): void {
    this.#dropped += this.#entries.size;
    this.#entries.clear();
    this.#bytes = 0;
  }

  /** The key of the oldest message of the lowest rank. */
  #leastImportant(): string | null {
    let lowest: string | null = null;
    let rank = Infinity;
    for (const [key, entry] of this.#entries) {
      if (entry.rank < rank) [lowest, rank] = [key, entry.rank];
      if (rank === 0) break;
    }
    return lowest;
  }

  #remove(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    return true;
  }
}
