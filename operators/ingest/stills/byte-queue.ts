/**
 * Bytes of a stream that are not used up yet, in one piece of memory that grows with them.
 *
 * `bytes` is valid until the next `push`.
 */
export class ByteQueue {
  #memory = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** A view of all bytes. */
  get bytes(): Buffer {
    return this.#memory.subarray(this.#start, this.#end);
  }

  push(chunk: Uint8Array): void {
    const { length } = this;
    if (this.#end + chunk.length > this.#memory.length) {
      const needed = length + chunk.length;
      // Moves what is left to the front, into more memory where it is more than half full.
      const memory =
        needed * 2 > this.#memory.length ? Buffer.allocUnsafeSlow(needed * 2) : this.#memory;
      this.#memory.copy(memory, 0, this.#start, this.#end);
      this.#memory = memory;
      this.#start = 0;
      this.#end = length;
    }
    this.#memory.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Forgets the first `count` bytes. */
  drop(count: number): void {
    this.#start += Math.min(count, this.length);
    if (this.#start === this.#end) this.#start = this.#end = 0;
  }
}
