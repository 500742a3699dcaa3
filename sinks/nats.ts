import type { ErrorCode } from '../operators/foundation/errors/error-codes.ts';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Subject, type Observable } from 'rxjs';
import {
  connect,
  credsAuthenticator,
  ErrorCode as NatsCode,
  type ConnectionOptions,
  type NatsConnection,
} from 'nats';
import { systemClock } from '../operators/foundation/time/clock.ts';
import { CommandIntake, type CommandLimits } from './command-intake.ts';
import type { CommandRequest, LifelensEvent, Sink } from './events.ts';
import { credentialsOf, parseNatsAddress } from './nats-address.ts';
import { NatsDelivery } from './nats-delivery.ts';
import type { Rank } from './outbox.ts';
import { namedBy, type Principal, type Scope } from './principal.ts';
import { answerTo, encodeBody, encodeEnvelope, parseCommand } from './protocol.ts';

export const natsDefaults = {
  instance: 'default',
  scope: 'label',
  pendingBytesMax: 4 * 1024 * 1024,
  backoffMs: { min: 250, max: 5000 },
  commandLimits: { burst: 100, perSecond: 50, pendingMax: 64 },
} as const satisfies Partial<NatsSinkOptions>;

export interface NatsSinkOptions {
  /**
   * `host:port`, one or several of one cluster, each with `nats://` or `tls://` (encrypted) and
   * credentials before it where needed, as in `nats://user:password@host:port`.
   */
  readonly servers: string | readonly string[];
  /** Separates several lifelens on one broker. Default `default`. */
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
  /**
   * What the clients of the broker may do. Default `label`: they share one connection, and a name
   * in a message proves nothing.
   */
  readonly scope?: Scope;
  /** Publishes samples with their thumbnails. Default false: pictures stay on the machine. */
  readonly thumbnails?: boolean;
  /** Bytes that may wait while the broker is away or slow. Default 4 MiB. */
  readonly pendingBytesMax?: number;
  /** First and longest pause between two connection attempts; it doubles. Default 250, 5 000. */
  readonly backoffMs?: { readonly min: number; readonly max: number };
  /** Limits the commands of all clients together. Default 100, 50 per second, 64 pending. */
  readonly commandLimits?: Partial<CommandLimits>;
  /** Called with one line when the broker is found or lost. */
  readonly onNotice?: (line: string) => void;
  /** Random numbers in [0, 1) for the jitter of the pauses. Default `Math.random`. */
  readonly random?: () => number;
}

/** Subjects by message type, after the prefix `lifelens.<instance>.`. */
export const natsSubjects = {
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

const ranks: Readonly<Record<LifelensEvent['type'], Rank>> = {
  detections: 0,
  metrics: 1,
  camera: 2,
  sample: 2,
  model: 3,
};

/**
 * Publishes events to a NATS broker and accepts commands by request and reply.
 *
 * The broker may be absent at the start, vanish and return. While it is away, messages wait under
 * a cap; where the cap is reached, the oldest of the least important are dropped. Delivery is at
 * most once. Live pictures are never published.
 *
 * @example
 * import { watch } from 'lifelens';
 * import { NatsSink } from 'lifelens/sinks';
 *
 * await watch({}, { sinks: [new NatsSink({ servers: 'broker:4222' })] });
 */
export class NatsSink implements Sink {
  readonly name = 'nats';
  readonly commands$: Observable<CommandRequest>;
  readonly #commands = new Subject<CommandRequest>();
  readonly #intake: CommandIntake;
  readonly #options: NatsSinkOptions;
  readonly #principal: Principal;
  readonly #prefix: string;
  readonly #connectionOptions: ConnectionOptions;
  readonly #delivery: NatsDelivery;
  readonly #closing = new AbortController();
  readonly #nextSeqs = new Map<string, number>();
  readonly #loop: Promise<void>;
  #connection: NatsConnection | null = null;
  #unansweredCommands = 0;

  /**
   * Throws a `NatsAddressError` where an address is malformed, and a `NatsCredentialsError` where
   * `credsFile` cannot be read.
   */
  constructor(options: NatsSinkOptions) {
    this.#options = options;
    this.commands$ = this.#commands.asObservable();
    this.#intake = new CommandIntake(this.#commands, {
      ...natsDefaults.commandLimits,
      ...options.commandLimits,
    });
    const scope = options.scope ?? natsDefaults.scope;
    this.#principal = { kind: 'program', name: null, scope };
    this.#prefix = `lifelens.${subjectToken(options.instance ?? natsDefaults.instance)}`;
    this.#connectionOptions = connectionOptions(options);
    this.#delivery = new NatsDelivery(options.pendingBytesMax ?? natsDefaults.pendingBytesMax);
    this.#loop = this.#stayConnected();
  }

  get dropped(): number {
    return this.#delivery.dropped + this.#unansweredCommands;
  }

  get connected(): boolean {
    return this.#connection !== null;
  }

  /** Bytes that wait or are not yet confirmed by the broker. */
  get pendingBytes(): number {
    return this.#delivery.pendingBytes;
  }

  /** Queues the event for the broker. */
  publish(event: LifelensEvent): void {
    if (this.#hasEnded()) return;
    const subject = this.#subjectOf(event);
    const isStripped = event.type === 'sample' && this.#options.thumbnails !== true;
    const body = encodeBody(isStripped ? { ...event, thumbnail: '' } : event);
    const data = Buffer.from(encodeEnvelope(this.#nextSeq(subject), body));
    this.#delivery.send(subject, data, ranks[event.type]);
  }

  /** Delivers the sent messages, for at most a second, and disconnects. */
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
    // A connection attempt under way ends by its own time limit.
    await Promise.race([this.#loop, wait(1000, undefined, { ref: false })]);
  }

  #subjectOf(event: LifelensEvent): string {
    const suffix = natsSubjects[event.type];
    if (!('camera' in event)) return `${this.#prefix}.${suffix}`;
    return `${this.#prefix}.${suffix.replace('<camera>', subjectToken(event.camera))}`;
  }

  /** Counts per subject, so that a subscriber of one subject sees dropped messages as a gap. */
  #nextSeq(subject: string): number {
    const seq = this.#nextSeqs.get(subject) ?? 0;
    this.#nextSeqs.set(subject, seq + 1);
    return seq;
  }

  async #stayConnected(): Promise<void> {
    const { min, max } = this.#options.backoffMs ?? natsDefaults.backoffMs;
    let backoffMs = min;
    let reported = '';
    while (!this.#hasEnded()) {
      try {
        await this.#connectOnce(() => {
          backoffMs = min;
          reported = '';
        });
        if (!this.#hasEnded()) this.#notice('lost the NATS broker; reconnecting');
      } catch (error) {
        // One line per outage and cause instead of one per attempt.
        const line = outageLine(error);
        if (line !== reported) this.#notice(line);
        reported = line;
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

  /** Connects, and returns when the connection has ended; rejects where the attempt fails. */
  async #connectOnce(onConnected: () => void): Promise<void> {
    const connection = await connect(this.#connectionOptions);
    if (this.#hasEnded()) return connection.close();
    onConnected();
    connection.subscribe(`${this.#prefix}.${natsSubjects.command}`, {
      callback: (error, message) => {
        if (error === null) void this.#receiveCommand(message);
        else this.#notice(`the NATS broker refuses commands (${reasonOf(error)})`);
      },
    });
    this.#notice(`connected to the NATS broker at ${connection.getServer()}`);
    this.#connection = connection;
    this.#delivery.attach(connection);
    await connection.closed();
    this.#connection = null;
    this.#delivery.detach();
  }

  async #receiveCommand(message: {
    readonly data: Uint8Array;
    respond(data: Uint8Array): boolean;
  }): Promise<void> {
    const refusal = this.#intake.admit(systemClock.nowMs());
    const parsed = refusal === null ? parseCommand(message.data) : null;
    let answer;
    if (parsed === null) answer = answerTo(undefined, refusal!);
    else if (!parsed.ok) {
      const { id, code, message: problem } = parsed;
      answer = answerTo(id, { ok: false, code, message: problem });
    } else {
      const principal = namedBy(this.#principal, parsed.by);
      answer = answerTo(parsed.id, await this.#intake.submit(parsed.value, principal));
    }
    try {
      const seq = this.#nextSeq(natsSubjects.command);
      message.respond(Buffer.from(encodeEnvelope(seq, encodeBody(answer))));
    } catch {
      // The connection ended while the command was executed, so no client awaits this answer.
      this.#unansweredCommands += 1;
    }
  }

  #notice(line: string): void {
    this.#options.onNotice?.(line);
  }
}

/** Escapes a name for use in a subject, where dots, spaces and wildcards have a meaning. */
function subjectToken(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '_') || '_';
}

function connectionOptions(options: NatsSinkOptions): ConnectionOptions {
  const { token, user, pass, tls, credsFile } = options;
  const servers = typeof options.servers === 'string' ? [options.servers] : options.servers;
  const addresses = servers.map(parseNatsAddress);
  const inAddresses = credentialsOf(addresses);
  // Those of the options replace those in the addresses as a whole.
  const given = token !== undefined || user !== undefined || credsFile !== undefined;
  const isEncrypted = tls !== undefined || addresses.some((address) => address.isEncrypted);
  let authenticator;
  if (credsFile !== undefined) {
    try {
      authenticator = credsAuthenticator(readFileSync(credsFile));
    } catch (error) {
      throw new NatsCredentialsError(credsFile, error);
    }
  }
  return {
    servers: addresses.map(({ server }) => server),
    name: 'lifelens',
    // One loop covers the first connection and every later one, under one back-off.
    reconnect: false,
    timeout: 3000,
    // An unresponsive broker counts as lost after 20 to 30 seconds.
    pingInterval: 10_000,
    maxPingOut: 2,
    ...(given ? {} : inAddresses),
    ...(token !== undefined && { token }),
    ...(user !== undefined && { user }),
    ...(pass !== undefined && { pass }),
    ...(isEncrypted && { tls: { ...tls } }),
    ...(authenticator !== undefined && { authenticator }),
  };
}

/** Codes of a broker that is there and does not let this client in. */
const refusals = new Set<string>([NatsCode.AuthorizationViolation, NatsCode.AuthenticationExpired]);

function outageLine(error: unknown): string {
  const reason = reasonOf(error);
  return refusals.has(reason)
    ? `the NATS broker refuses the credentials (${reason}); retrying`
    : `no NATS broker yet (${reason}); retrying`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
