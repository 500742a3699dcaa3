/** The order in which waiting messages go when there is no room: pictures first, answers last. */
export type Rank = 0 | 1 | 2 | 3;

interface Waiting<T> {
  readonly message: T;
  readonly bytes: number;
  readonly rank: Rank;
}

/** A message costs its bytes and about this much of bookkeeping. */
const ENTRY_BYTES = 128;

/** Finding out what goes looks at every waiting message, so their number has a bound as well. */
const ENTRIES_MAX = 1024;

/**
 * What waits for a slow client or a broker that is away, in order, under a cap in bytes.
 *
 * A message with a key replaces the one that waits under the same key (the
 * newest picture of a camera is the only one worth having). Every message that
 * is replaced or thrown out counts as dropped.
 */
export class Outbox<T> {
  readonly #bytesMax: number;
  readonly #waiting = new Map<string, Waiting<T>>();
  #unique = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#waiting.size;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Adds a message of `size` bytes; `elsewhere` is what the same cap already holds
   * outside, such as the socket's own buffer. False when it was itself thrown out.
   */
  add(key: string | null, message: T, size: number, rank: Rank, elsewhere = 0): boolean {
    const bytes = size + ENTRY_BYTES;
    if (key !== null && this.#remove(key)) this.#dropped += 1;
    const room = this.#bytesMax - elsewhere - bytes;
    while (this.#bytes > room || this.#waiting.size >= ENTRIES_MAX) {
      const victim = this.#lowest();
      if (victim === null || this.#waiting.get(victim)!.rank > rank) break;
      this.#remove(victim);
      this.#dropped += 1;
    }
    if (this.#bytes > room || this.#waiting.size >= ENTRIES_MAX) {
      this.#dropped += 1;
      return false;
    }
    this.#waiting.set(key ?? `#${this.#unique++}`, { message, bytes, rank });
    this.#bytes += bytes;
    return true;
  }

  /** Takes the oldest waiting message out. */
  shift(): T | null {
    for (const [key, { message }] of this.#waiting) {
      this.#remove(key);
      return message;
    }
    return null;
  }

  /** Throws everything out, counted. */
  clear(): void {
    this.#dropped += this.#waiting.size;
    this.#waiting.clear();
    this.#bytes = 0;
  }

  /** The oldest of the least important. */
  #lowest(): string | null {
    let lowest: string | null = null;
    let rank = Infinity;
    for (const [key, waiting] of this.#waiting) {
      if (waiting.rank < rank) [lowest, rank] = [key, waiting.rank];
      if (rank === 0) break;
    }
    return lowest;
  }

  #remove(key: string): boolean {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return false;
    this.#waiting.delete(key);
    this.#bytes -= waiting.bytes;
    return true;
  }
}
