import type { ErrorCode } from '../operators/foundation/errors/error-codes.ts';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Subject, type Observable } from 'rxjs';
import { connect, credsAuthenticator, type ConnectionOptions, type NatsConnection } from 'nats';
import { CommandIntake, type CommandLimits } from './command-intake.ts';
import type { CommandRequest, LifelensEvent, Sink } from './events.ts';
import { Outbox, type Rank } from './outbox.ts';
import { answerTo, encodeBody, encodeEnvelope, parseCommand } from './protocol.ts';

export interface NatsSinkOptions {
  /** `host:port`, one or several of one cluster. */
  readonly servers: string | readonly string[];
  /** Tells several lifelens of one broker apart. Default `default`. */
  readonly instance?: string;
  readonly token?: string;
  readonly user?: string;
  readonly pass?: string;
  /** A `.creds` file (JWT and NKey seed). */
  readonly credsFile?: string;
  /** Encrypts the connection; `{}` trusts the system's authorities. */
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
  };
  /** Sends samples with their thumbnails. Default false: pictures stay on the machine. */
  readonly thumbnails?: boolean;
  /** Bytes that may wait while the broker is away or slow. Default 4 MiB. */
  readonly pendingBytesMax?: number;
  /** Bounds of the pause between two attempts to connect, doubling in between. Defaults 250 and 5 000. */
  readonly backoffMs?: { readonly min: number; readonly max: number };
  /** Bounds of the commands that come from the broker, all clients together. */
  readonly commandLimits?: Partial<CommandLimits>;
  /** Told in one line that the broker was found or lost. */
  readonly onNotice?: (line: string) => void;
  /** 0 to 1, for the jitter of the pauses. Default `Math.random`. */
  readonly random?: () => number;
}

const natsCommandLimits: CommandLimits = { burst: 100, perSecond: 50, pendingMax: 64 };

/** What follows `lifelens.<instance>.` in the subjects. */
export const NATS_SUBJECTS = {
  detections: 'detections.<camera>',
  camera: 'camera.<camera>',
  metrics: 'metrics',
  model: 'model',
  sample: 'samples',
  command: 'command',
} as const;

/** The credentials file cannot be read. */
export class NatsCredentialsError extends Error {
  override readonly name = 'NatsCredentialsError';
  readonly code: ErrorCode<'NatsCredentialsError'> = 'unreadable';

  constructor(path: string, cause: unknown) {
    super(`cannot read NATS credentials from ${path}`, { cause });
  }
}

/** A part of a subject: dots, spaces and wildcards of outside names would change its meaning. */
export function subjectToken(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '_') || '_';
}

interface Outgoing {
  readonly subject: string;
  readonly data: Buffer;
}

const RANKS: Readonly<Record<LifelensEvent['type'], Rank>> = {
  detections: 0,
  metrics: 1,
  camera: 2,
  sample: 2,
  model: 3,
};

/**
 * Publishes events to a NATS broker and takes commands by request and reply.
 *
 * The broker may be absent at the start, vanish and return. While it is away
 * messages wait under a cap; the oldest of the least important go first. Delivery
 * is at most once: what the broker had not confirmed when it vanished counts as
 * dropped. Pictures never leave over NATS.
 */
export class NatsSink implements Sink {
  readonly name = 'nats';
  readonly commands$: Observable<CommandRequest>;
  readonly #options: NatsSinkOptions;
  readonly #prefix: string;
  readonly #connectionOptions: ConnectionOptions;
  readonly #backlog: Outbox<Outgoing>;
  readonly #commands = new Subject<CommandRequest>();
  readonly #intake: CommandIntake;
  readonly #closing = new AbortController();
  readonly #seqs = new Map<string, number>();
  readonly #pendingBytesMax: number;
  readonly #loop: Promise<void>;
  #connection: NatsConnection | null = null;
  #unconfirmed = { messages: 0, bytes: 0 };
  #confirming = false;
  #dropped = 0;

  constructor(options: NatsSinkOptions) {
    this.#options = options;
    this.commands$ = this.#commands.asObservable();
    this.#prefix = `lifelens.${subjectToken(options.instance ?? 'default')}`;
    this.#connectionOptions = connectionOptions(options);
    this.#pendingBytesMax = options.pendingBytesMax ?? 4 * 1024 * 1024;
    this.#backlog = new Outbox<Outgoing>(this.#pendingBytesMax);
    this.#intake = new CommandIntake(this.#commands, {
      ...natsCommandLimits,
      ...options.commandLimits,
    });
    this.#loop = this.#stayConnected();
  }

  get dropped(): number {
    return this.#dropped + this.#backlog.dropped;
  }

  get connected(): boolean {
    return this.#connection !== null;
  }

  /** Bytes that wait here or are not yet confirmed by the broker. */
  get pendingBytes(): number {
    return this.#backlog.bytes + this.#unconfirmed.bytes;
  }

  publish(event: LifelensEvent): void {
    if (this.#hasEnded()) return;
    const subject = this.#subjectOf(event);
    const plain = event.type === 'sample' && this.#options.thumbnails !== true;
    const body = encodeBody(plain ? { ...event, thumbnail: '' } : event);
    const data = Buffer.from(encodeEnvelope(this.#nextSeq(subject), body));
    this.#backlog.add(null, { subject, data }, data.byteLength, RANKS[event.type]);
    this.#forward();
  }

  /** Delivers what is on its way, for at most a second, and disconnects. */
  async close(): Promise<void> {
    this.#commands.complete();
    if (!this.#hasEnded()) {
      const connection = this.#connection;
      if (connection !== null) {
        const flushed = connection.flush().catch(() => undefined);
        await Promise.race([flushed, wait(1000, undefined, { ref: false })]);
      }
      this.#closing.abort();
      await connection?.close().catch(() => undefined);
    }
    // An attempt to connect that is under way ends by its own time limit.
    await Promise.race([this.#loop, wait(1000, undefined, { ref: false })]);
  }

  #subjectOf(event: LifelensEvent): string {
    const suffix = NATS_SUBJECTS[event.type];
    if (!('camera' in event)) return `${this.#prefix}.${suffix}`;
    return `${this.#prefix}.${suffix.replace('<camera>', subjectToken(event.camera))}`;
  }

  /** Counts per subject, so that a subscriber of one of them sees what was dropped as a gap. */
  #nextSeq(subject: string): number {
    const seq = this.#seqs.get(subject) ?? 0;
    this.#seqs.set(subject, seq + 1);
    return seq;
  }

  /** Hands waiting messages to the connection, as far as the broker keeps up. */
  #forward(): void {
    const connection = this.#connection;
    if (connection === null) return;
    while (this.#unconfirmed.bytes < this.#pendingBytesMax / 2) {
      const next = this.#backlog.shift();
      if (next === null) break;
      try {
        connection.publish(next.subject, next.data);
        this.#unconfirmed.messages += 1;
        this.#unconfirmed.bytes += next.data.byteLength;
      } catch {
        // Larger than the broker takes, or the connection closed this moment.
        this.#dropped += 1;
      }
    }
    if (this.#unconfirmed.messages > 0 && !this.#confirming) void this.#confirm(connection);
  }

  /** Asks the broker whether it has everything up to now, again and again while something is on its way. */
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

  async #stayConnected(): Promise<void> {
    const { min, max } = this.#options.backoffMs ?? { min: 250, max: 5000 };
    let backoffMs = min;
    let told = false;
    while (!this.#hasEnded()) {
      try {
        await this.#connectOnce(() => {
          backoffMs = min;
          told = false;
        });
        if (!this.#hasEnded()) this.#notice('lost the NATS broker; trying again');
      } catch (error) {
        // One line for a broker that is away all night, not one per attempt.
        if (!told) this.#notice(`no NATS broker yet (${reasonOf(error)}); trying on`);
        told = true;
      }
      const jitter = 0.5 + (this.#options.random ?? Math.random)() / 2;
      await wait(backoffMs * jitter, undefined, { signal: this.#closing.signal }).catch(
        () => undefined,
      );
      backoffMs = Math.min(max, backoffMs * 2);
    }
  }

  #hasEnded(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Connects and returns when the connection has ended; rejects where none came about. */
  async #connectOnce(onConnected: () => void): Promise<void> {
    const connection = await connect(this.#connectionOptions);
    if (this.#hasEnded()) return connection.close();
    onConnected();
    connection.subscribe(`${this.#prefix}.${NATS_SUBJECTS.command}`, {
      callback: (error, message) => {
        if (error === null) void this.#takeCommand(message);
        else this.#notice(`the NATS broker lets no commands through (${reasonOf(error)})`);
      },
    });
    this.#notice(`connected to the NATS broker at ${connection.getServer()}`);
    this.#connection = connection;
    this.#confirming = false;
    this.#forward();
    await connection.closed();
    this.#connection = null;
    this.#confirming = false;
    this.#dropped += this.#unconfirmed.messages;
    this.#unconfirmed = { messages: 0, bytes: 0 };
  }

  async #takeCommand(message: {
    readonly data: Uint8Array;
    respond(data: Uint8Array): boolean;
  }): Promise<void> {
    const refusal = this.#intake.admit(performance.now());
    const parsed = refusal === null ? parseCommand(message.data) : null;
    let answer;
    if (parsed === null) answer = answerTo(undefined, refusal!);
    else if (!parsed.ok) {
      const { id, code, message: problem } = parsed;
      answer = answerTo(id, { ok: false, code, message: problem });
    } else {
      const by = parsed.by === undefined ? 'program' : `program:${parsed.by}`;
      answer = answerTo(parsed.id, await this.#intake.submit(parsed.value, by));
    }
    try {
      const seq = this.#nextSeq(NATS_SUBJECTS.command);
      message.respond(Buffer.from(encodeEnvelope(seq, encodeBody(answer))));
    } catch {
      // The broker left while the command was carried out: nobody waits for this answer any more.
      this.#dropped += 1;
    }
  }

  #notice(line: string): void {
    this.#options.onNotice?.(line);
  }
}

function connectionOptions(options: NatsSinkOptions): ConnectionOptions {
  const { servers, token, user, pass, tls, credsFile } = options;
  let authenticator;
  if (credsFile !== undefined) {
    try {
      authenticator = credsAuthenticator(readFileSync(credsFile));
    } catch (error) {
      throw new NatsCredentialsError(credsFile, error);
    }
  }
  return {
    servers: typeof servers === 'string' ? servers : [...servers],
    name: 'lifelens',
    // One loop here covers the first connection and every later one, under one back-off.
    reconnect: false,
    timeout: 3000,
    // A broker that stands still is taken for lost after 20 to 30 seconds.
    pingInterval: 10_000,
    maxPingOut: 2,
    ...(token !== undefined && { token }),
    ...(user !== undefined && { user }),
    ...(pass !== undefined && { pass }),
    ...(tls !== undefined && { tls: { ...tls } }),
    ...(authenticator !== undefined && { authenticator }),
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
