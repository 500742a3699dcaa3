import type { NatsConnection } from 'nats';
import { Outbox, type Rank } from './outbox.ts';

interface OutgoingMessage {
  readonly subject: string;
  readonly data: Buffer;
}

/**
 * Delivers messages over a connection that comes and goes, under a cap in bytes.
 *
 * While the broker is away, messages wait. While it is slow, half the cap may be sent but not yet
 * confirmed; the rest waits. Delivery is at most once: messages that the broker had not confirmed
 * when it vanished count as dropped.
 */
export class NatsDelivery {
  readonly #pendingBytesMax: number;
  readonly #outbox: Outbox<OutgoingMessage>;
  #connection: NatsConnection | null = null;
  #unconfirmed = { messages: 0, bytes: 0 };
  #confirming = false;
  #dropped = 0;

  constructor(pendingBytesMax: number) {
    this.#pendingBytesMax = pendingBytesMax;
    this.#outbox = new Outbox<OutgoingMessage>(pendingBytesMax);
  }

  /** Messages that were evicted, refused by the broker or lost with a connection. */
  get dropped(): number {
    return this.#dropped + this.#outbox.dropped;
  }

  /** Bytes that wait or are not yet confirmed by the broker. */
  get pendingBytes(): number {
    return this.#outbox.bytes + this.#unconfirmed.bytes;
  }

  send(subject: string, data: Buffer, rank: Rank): void {
    this.#outbox.add(null, { subject, data }, data.byteLength, rank);
    this.#forward();
  }

  attach(connection: NatsConnection): void {
    this.#connection = connection;
    this.#confirming = false;
    this.#forward();
  }

  /** Ends the use of a closed connection and counts its unconfirmed messages as dropped. */
  detach(): void {
    this.#connection = null;
    this.#confirming = false;
    this.#dropped += this.#unconfirmed.messages;
    this.#unconfirmed = { messages: 0, bytes: 0 };
  }

  /** Passes waiting messages to the connection, as far as the broker keeps up. */
  #forward(): void {
    const connection = this.#connection;
    if (connection === null) return;
    while (this.#unconfirmed.bytes < this.#pendingBytesMax / 2) {
      const next = this.#outbox.shift();
      if (next === null) break;
      try {
        connection.publish(next.subject, next.data);
        this.#unconfirmed.messages += 1;
        this.#unconfirmed.bytes += next.data.byteLength;
      } catch {
        // Above the broker's size limit, or the connection closed this moment.
        this.#dropped += 1;
      }
    }
    if (this.#unconfirmed.messages > 0 && !this.#confirming) void this.#confirm(connection);
  }

  /** Flushes until all sent messages are confirmed; each round trip makes room for more. */
  async #confirm(connection: NatsConnection): Promise<void> {
    this.#confirming = true;
    while (this.#connection === connection && this.#unconfirmed.messages > 0) {
      const { messages, bytes } = this.#unconfirmed;
      try {
        await connection.flush();
      } catch {
        break;
      }
      if (this.#connection !== connection) break;
      this.#unconfirmed.messages -= messages;
      this.#unconfirmed.bytes -= bytes;
      this.#forward();
    }
    if (this.#connection === connection || this.#connection === null) this.#confirming = false;
  }
}
