import type { IncomingMessage } from 'node:http';

/**
 * The body of an answer, read in pieces that can be looked at first.
 *
 * Owns the answer: `close` ends its connection.
 */
export class AnswerBody {
  readonly answer: IncomingMessage;
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  #looked: Buffer[] = [];
  #isEnded = false;

  constructor(answer: IncomingMessage) {
    this.answer = answer;
    // A connection that breaks between two reads is noticed by the next.
    answer.on('error', () => undefined);
    this.#chunks = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  }

  /** The first `bytes`, or fewer where the body ends; they will be read again. */
  async look(bytes: number): Promise<Buffer> {
    let length = this.#looked.reduce((sum, chunk) => sum + chunk.length, 0);
    while (length < bytes) {
      const chunk = await this.#next();
      if (chunk === null) break;
      this.#looked.push(chunk);
      length += chunk.length;
    }
    return Buffer.concat(this.#looked).subarray(0, bytes);
  }

  /** The next piece; null at the end. Rejects when the connection breaks. */
  async read(): Promise<Buffer | null> {
    return this.#looked.shift() ?? (await this.#next());
  }

  /** All that is left. Rejects with a RangeError above `bytesMax`. */
  async whole(bytesMax: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) {
      length += chunk.length;
      if (length > bytesMax) {
        throw new RangeError(`its picture has more than ${bytesMax / 2 ** 20} MiB`);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  close(reason?: Error): void {
    this.answer.destroy(reason);
  }

  async #next(): Promise<Buffer | null> {
    if (this.#isEnded) return null;
    const { value, done } = await this.#chunks.next();
    if (done !== true) return value;
    this.#isEnded = true;
    return null;
  }
}

/** Calls `onLate` unless it is stopped within `withinMs`. */
export class Deadline {
  #timer: NodeJS.Timeout | undefined;

  /** Begins anew. */
  start(withinMs: number, onLate: () => void): void {
    this.stop();
    this.#timer = setTimeout(onLate, withinMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
