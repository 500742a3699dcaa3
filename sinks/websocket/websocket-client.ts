import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../operators/foundation/time/clock.ts';
import type { CommandIntake } from '../command-intake.ts';
import type { CommandResult, LifelensEvent, PictureEvent } from '../events.ts';
import { Outbox, type Rank } from '../outbox.ts';
import { namedBy, type Principal } from '../principal.ts';
import { answerTo, encodeBody, encodeEnvelope, parseClientMessage } from '../protocol.ts';
import { ClientSubscription } from './subscription.ts';
import { webSocketLimits } from './websocket-limits.ts';

/** A string is JSON, a buffer a picture. */
type Payload = string | Buffer;

export interface ClientOptions {
  readonly pendingBytesMax: number;
  readonly intake: CommandIntake;
  /** A `person` in a browser, or a `program`. */
  readonly principal: Principal;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** One connected client: its subscription, its outgoing messages and its commands. */
export class WebSocketClient {
  readonly #socket: WebSocket;
  readonly #options: ClientOptions;
  readonly #outbox: Outbox<Payload>;
  readonly #subscription = new ClientSubscription();
  #seq = 0;
  #refusals = 0;
  #awaitsPong = false;
  #sending = false;

  constructor(socket: WebSocket, options: ClientOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#outbox = new Outbox<Payload>(options.pendingBytesMax);
    socket.on('message', (data, isBinary) => void this.#receive(data, isBinary));
    socket.on('pong', () => (this.#awaitsPong = false));
    // On a protocol violation or an oversized message, `ws` has started to close the connection
    // (1002, 1007, 1009); a client that keeps sending is cut off.
    socket.on('error', () => this.#terminateSoon());
  }

  get dropped(): number {
    return this.#outbox.dropped;
  }

  /** Bytes held for this client, in the socket and in the outbox. */
  get pendingBytes(): number {
    return this.#socket.bufferedAmount + this.#outbox.bytes;
  }

  /** Queues a message whose body was encoded once for all clients. */
  send(body: string, rank: Rank, key: string | null = null): void {
    // A dropped message uses up its number too: the gap shows the client that it missed one.
    this.#queue(key, encodeEnvelope(this.#seq++, body), rank);
  }

  sendEvent(event: LifelensEvent, body: string): void {
    if (!this.#subscription.wants(event)) return;
    switch (event.type) {
      case 'detections': {
        this.send(body, 1, `detections ${event.camera}`);
        return;
      }
      case 'metrics': {
        this.send(body, 2, 'metrics');
        return;
      }
      case 'camera': {
        this.send(body, 2, `camera ${event.camera}`);
        return;
      }
      case 'sample': {
        this.send(body, 2);
        return;
      }
      case 'model': {
        this.send(body, 3);
        return;
      }
    }
  }

  wantsPicture(camera: string): boolean {
    // Nothing is encoded for a client that has not yet received its earlier messages.
    if (this.#outbox.size > 0) return false;
    return this.#subscription.wantsPicture(camera, this.#options.clock.nowMs());
  }

  sendPicture(picture: PictureEvent, encode: () => Buffer): void {
    const nowMs = this.#options.clock.nowMs();
    if (!this.#subscription.wantsPicture(picture.camera, nowMs)) return;
    this.#subscription.pictureSent(picture.camera, nowMs);
    this.#queue(`picture ${picture.camera}`, encode(), 0);
  }

  /** Pings the client; disconnects it where it has not answered the previous ping. */
  beat(): void {
    if (this.#awaitsPong) {
      this.#socket.terminate();
      return;
    }
    this.#awaitsPong = true;
    this.#socket.ping();
  }

  end(code: number, reason: string): void {
    this.#outbox.clear();
    this.#socket.close(code, reason);
    this.#terminateSoon();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #queue(key: string | null, payload: Payload, rank: Rank): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    // A queued string takes two bytes per UTF-16 unit, which bounds its UTF-8 for most scripts.
    const bytes = typeof payload === 'string' ? payload.length * 2 : payload.byteLength;
    this.#outbox.add(key, payload, bytes, rank, this.#socket.bufferedAmount);
    this.#flush();
  }

  #flush(): void {
    // `send` may call back before it returns; one loop is enough.
    if (this.#sending) return;
    this.#sending = true;
    while (this.#socket.bufferedAmount < webSocketLimits.socketBytesMax) {
      const payload = this.#outbox.shift();
      if (payload === null) break;
      this.#socket.send(payload, (error) => {
        if (error == null) this.#flush();
      });
    }
    this.#sending = false;
  }

  async #receive(data: RawData, isBinary: boolean): Promise<void> {
    const refusal = this.#options.intake.admit(this.#options.clock.nowMs());
    if (refusal !== null) {
      this.#refusals += 1;
      if (this.#refusals > webSocketLimits.refusalsMax) {
        this.end(1008, 'too many messages');
        return;
      }
      // The message is not parsed, not even for its id: a flood must cost little.
      this.#answer(undefined, refusal);
      return;
    }
    this.#refusals = 0;
    if (isBinary) {
      const message = 'expected text, got a binary message';
      this.#answer(undefined, { ok: false, code: 'bad-json', message });
      return;
    }
    const parsed = parseClientMessage(data as Buffer);
    if (!parsed.ok) {
      const { id, code, message } = parsed;
      this.#answer(id, { ok: false, code, message });
      return;
    }
    const { value, id, by } = parsed;
    if (value.command === 'subscribe' || value.command === 'unsubscribe') {
      this.#subscription.change(value);
      this.#answer(id, { ok: true });
      return;
    }
    const principal = namedBy(this.#options.principal, by);
    this.#answer(id, await this.#options.intake.submit(value, principal));
  }

  #answer(id: string | undefined, result: CommandResult): void {
    this.send(encodeBody(answerTo(id, result)), 3);
  }

  #terminateSoon(): void {
    setTimeout(() => this.#socket.terminate(), 1000).unref();
  }
}
