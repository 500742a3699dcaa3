import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Subject, type Observable } from 'rxjs';
import { type WebSocket, WebSocketServer } from 'ws';
import { CommandIntake, type CommandLimits } from '../command-intake.ts';
import type {
  CameraMessage,
  CommandRequest,
  LifelensEvent,
  MetricsMessage,
  ModelMessage,
  PictureEvent,
  SampleMessage,
  Sink,
} from '../events.ts';
import type { HttpServer } from '../http/http-server.ts';
import {
  COMMAND_BYTES_MAX,
  COMMAND_NAMES,
  encodeBody,
  encodePicture,
  EVENT_TYPES,
  type HelloFacts,
  PROTOCOL_VERSION,
} from '../protocol.ts';
import { WebSocketClient } from './websocket-client.ts';

export interface WebSocketSinkOptions {
  readonly http: HttpServer;
  /** Where the socket is. Default `/ws`. */
  readonly path?: string;
  /** Asked at every connection, so that it says what is true then. */
  readonly hello: () => HelloFacts;
  /** The samples that wait for a name, oldest first; asked at every connection. Default: none. */
  readonly samples?: () => readonly SampleMessage[];
  /** Default 32; further ones are refused with 1013. */
  readonly clientsMax?: number;
  /** Bytes that may wait for one client. Default 4 MiB. */
  readonly pendingBytesMax?: number;
  /** ms between two questions whether a client is still there. Default 15 000. */
  readonly heartbeatMs?: number;
  /** Bounds of each client's commands. */
  readonly commandLimits?: Partial<CommandLimits>;
  /** Milliseconds that never run backwards. Default: the monotonic clock. */
  readonly now?: () => number;
}

const clientCommandLimits: CommandLimits = { burst: 100, perSecond: 20, pendingMax: 64 };

/** What a client that connects is told of the past. */
const MODEL_EVENTS_KEPT = 50;
const SAMPLES_SENT_MAX = 200;
const SAMPLE_BYTES_SENT_MAX = 2 * 1024 * 1024;
const CAMERAS_KEPT = 64;

/**
 * Publishes events to browsers and programs, and takes their commands, over the
 * WebSocket protocol of docs/protocol.md.
 *
 * A client that reads slowly loses its oldest pictures and detections; it costs
 * at most `pendingBytesMax` and nothing to the others.
 */
export class WebSocketSink implements Sink {
  readonly name = 'websocket';
  readonly commands$: Observable<CommandRequest>;
  readonly #commands = new Subject<CommandRequest>();
  readonly #commandLimits: CommandLimits;
  readonly #options: WebSocketSinkOptions;
  readonly #server: WebSocketServer;
  readonly #clients = new Set<WebSocketClient>();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #models: ModelMessage[] = [];
  readonly #cameras = new Map<string, CameraMessage>();
  #metrics: MetricsMessage | null = null;
  #droppedBefore = 0;
  #closed = false;

  constructor(options: WebSocketSinkOptions) {
    this.#options = options;
    this.commands$ = this.#commands.asObservable();
    this.#commandLimits = { ...clientCommandLimits, ...options.commandLimits };
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: COMMAND_BYTES_MAX,
      // Compression costs memory per client and time per frame; pictures are compressed already.
      perMessageDeflate: false,
    });
    options.http.onUpgrade(options.path ?? '/ws', (request, socket, head) =>
      this.#upgrade(request, socket, head),
    );
    this.#heartbeat = setInterval(() => {
      for (const client of this.#clients) client.beat();
    }, options.heartbeatMs ?? 15_000);
    this.#heartbeat.unref();
  }

  get dropped(): number {
    let dropped = this.#droppedBefore;
    for (const client of this.#clients) dropped += client.dropped;
    return dropped;
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** Bytes held for all clients together. */
  get pendingBytes(): number {
    let bytes = 0;
    for (const client of this.#clients) bytes += client.pendingBytes;
    return bytes;
  }

  publish(event: LifelensEvent): void {
    if (this.#closed) return;
    this.#remember(event);
    if (this.#clients.size === 0) return;
    const body = encodeBody(event);
    for (const client of this.#clients) client.sendEvent(event, body);
  }

  wantsPictures(camera: string): boolean {
    for (const client of this.#clients) if (client.wantsPicture(camera)) return true;
    return false;
  }

  publishPicture(picture: PictureEvent): void {
    let encoded: Buffer | null = null;
    const encode = (): Buffer =>
      (encoded ??= encodePicture(picture.camera, picture.frame, picture.timestampMs, picture.jpeg));
    for (const client of this.#clients) client.sendPicture(picture, encode);
  }

  /** Says goodbye with 1001 and waits at most a second for the clients to answer. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#commands.complete();
    clearInterval(this.#heartbeat);
    for (const client of this.#clients) client.end(1001, 'lifelens ends');
    const deadlineMs = Date.now() + 1000;
    while (this.#clients.size > 0 && Date.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const client of this.#clients) client.terminate();
  }

  /** Keeps what a client that connects later has to be told. */
  #remember(event: LifelensEvent): void {
    if (event.type === 'metrics') this.#metrics = event;
    if (event.type === 'model') {
      this.#models.push(event);
      if (this.#models.length > MODEL_EVENTS_KEPT) this.#models.shift();
    }
    if (event.type === 'camera') {
      this.#cameras.set(event.camera, event);
      if (this.#cameras.size > CAMERAS_KEPT) {
        for (const oldest of this.#cameras.keys()) {
          this.#cameras.delete(oldest);
          break;
        }
      }
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const full = this.#clients.size >= (this.#options.clientsMax ?? 32);
      if (!full && !this.#closed) {
        this.#welcome(webSocket, request);
        return;
      }
      webSocket.on('error', () => undefined);
      if (full) webSocket.close(1013, 'too many clients');
      else webSocket.close(1001, 'lifelens ends');
      setTimeout(() => webSocket.terminate(), 1000).unref();
    });
  }

  #welcome(webSocket: WebSocket, request: IncomingMessage): void {
    const options = this.#options;
    const client = new WebSocketClient(webSocket, {
      pendingBytesMax: options.pendingBytesMax ?? 4 * 1024 * 1024,
      intake: new CommandIntake(this.#commands, this.#commandLimits),
      // Only browsers send Origin.
      kind: request.headers.origin === undefined ? 'program' : 'person',
      now: options.now ?? (() => performance.now()),
    });
    this.#clients.add(client);
    webSocket.on('close', () => {
      if (this.#clients.delete(client)) this.#droppedBefore += client.dropped;
    });
    const past = this.#past();
    client.send(encodeBody(this.#hello(past.length)), 3);
    for (const event of past) client.sendEvent(event, encodeBody(event));
  }

  #hello(past: number): object {
    const { burst, perSecond, pendingMax } = this.#commandLimits;
    return {
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      product: 'lifelens',
      ...this.#options.hello(),
      types: EVENT_TYPES,
      commands: COMMAND_NAMES,
      // So many messages that follow tell what happened before.
      past,
      limits: {
        commandBytesMax: COMMAND_BYTES_MAX,
        commandBurst: burst,
        commandsPerSecond: perSecond,
        commandsPendingMax: pendingMax,
        pendingBytesMax: this.#options.pendingBytesMax ?? 4 * 1024 * 1024,
      },
    };
  }

  #past(): readonly LifelensEvent[] {
    const samples: SampleMessage[] = [];
    let bytes = 0;
    // The newest fit first and go out oldest first.
    for (const sample of [...(this.#options.samples?.() ?? [])].reverse()) {
      bytes += sample.thumbnail.length + 512;
      if (samples.length >= SAMPLES_SENT_MAX || bytes > SAMPLE_BYTES_SENT_MAX) break;
      samples.unshift(sample);
    }
    return [
      ...this.#cameras.values(),
      ...this.#models,
      ...(this.#metrics === null ? [] : [this.#metrics]),
      ...samples,
    ];
  }
}
