import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Subject, type Observable } from 'rxjs';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../../operators/foundation/time/clock.ts';
import { CommandIntake, type CommandLimits } from '../command-intake.ts';
import type {
  CommandRequest,
  LifelensEvent,
  PictureEvent,
  SampleMessage,
  Sink,
} from '../events.ts';
import type { HttpServer } from '../http/http-server.ts';
import type { Principal } from '../principal.ts';
import {
  commandBytesMax,
  commandNames,
  encodeBody,
  encodePicture,
  eventTypes,
  type HelloFacts,
  protocolVersion,
} from '../protocol.ts';
import { type PastEvent, PastState } from './past-state.ts';
import { WebSocketClient } from './websocket-client.ts';
import { webSocketDefaults } from './websocket-limits.ts';

export interface WebSocketSinkOptions {
  readonly http: HttpServer;
  /** Path of the WebSocket on the HTTP server. Default `/ws`. */
  readonly path?: string;
  /** Returns the facts for `hello`; called for every connection. */
  readonly hello: () => HelloFacts;
  /**
   * Returns the unlabelled samples, newest first; called for every connection, and read over
   * several turns of the event loop, as far as they fit. Default: none.
   */
  readonly samples?: () => Iterable<SampleMessage>;
  /** Clients at the same time; more are refused with 1013. Default 32. */
  readonly clientsMax?: number;
  /** Bytes that may wait for one client. Default 4 MiB. */
  readonly pendingBytesMax?: number;
  /** ms between two pings; a client that answers none in that time is ended. Default 15 000. */
  readonly heartbeatMs?: number;
  /** Limits the commands of each client. Default 100, 20 per second, 64 pending. */
  readonly commandLimits?: Partial<CommandLimits>;
  /** Clock of the rate limits of commands and pictures. Default: the system's. */
  readonly clock?: Pick<Clock, 'nowMs'>;
}

/**
 * Publishes events to browsers and programs, and accepts their commands, over the WebSocket
 * protocol of docs/protocol.md.
 *
 * A client that reads slowly loses its oldest pictures and detections. It costs at most
 * `pendingBytesMax` and does not delay other clients.
 *
 * @example
 * import { startHttpServer, WebSocketSink } from 'lifelens/sinks';
 *
 * const sight = { engine: '', detector: '', encoder: '' };
 * const facts = { version: '1', ...sight, strategy: '', baseClasses: [] };
 * const hello = () => ({ ...facts, cameras: ['yard'], headVersion: 0, classes: [] });
 * const sink = new WebSocketSink({ http: await startHttpServer({ port: 0 }), hello });
 * sink.commands$.subscribe(({ command, reply }) => {
 *   console.log(command);
 *   reply({ ok: true });
 * });
 */
export class WebSocketSink implements Sink {
  readonly name = 'websocket';
  readonly commands$: Observable<CommandRequest>;
  readonly #commands = new Subject<CommandRequest>();
  readonly #commandLimits: CommandLimits;
  readonly #options: WebSocketSinkOptions;
  readonly #pendingBytesMax: number;
  readonly #server: WebSocketServer;
  readonly #clients = new Set<WebSocketClient>();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #past = new PastState();
  /** Clients that do not have the present state yet. */
  #arriving = 0;
  #droppedOfGoneClients = 0;
  #closed = false;

  constructor(options: WebSocketSinkOptions) {
    this.#options = options;
    this.commands$ = this.#commands.asObservable();
    this.#commandLimits = { ...webSocketDefaults.commandLimits, ...options.commandLimits };
    this.#pendingBytesMax = options.pendingBytesMax ?? webSocketDefaults.pendingBytesMax;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: commandBytesMax,
      // Compression costs memory per client and time per frame; pictures are compressed already.
      perMessageDeflate: false,
    });
    options.http.onUpgrade(
      options.path ?? webSocketDefaults.path,
      (request, socket, head, principal) => this.#upgrade(request, socket, head, principal),
    );
    this.#heartbeat = setInterval(() => {
      for (const client of this.#clients) client.beat();
    }, options.heartbeatMs ?? webSocketDefaults.heartbeatMs);
    this.#heartbeat.unref();
  }

  get dropped(): number {
    let dropped = this.#droppedOfGoneClients;
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

  /** Sends the event to every client that subscribes to it. */
  publish(event: LifelensEvent): void {
    if (this.#closed) return;
    this.#past.remember(event);
    if (this.#clients.size === 0) return;
    const body = encodeBody(event);
    for (const client of this.#clients) client.sendEvent(event, body);
  }

  wantsPictures(camera: string): boolean {
    for (const client of this.#clients) if (client.wantsPicture(camera)) return true;
    return false;
  }

  /** Sends the picture to every client that subscribes to its camera. */
  publishPicture(picture: PictureEvent): void {
    let encoded: Buffer | null = null;
    const encode = (): Buffer =>
      (encoded ??= encodePicture(picture.camera, picture.frame, picture.timestampMs, picture.jpeg));
    for (const client of this.#clients) client.sendPicture(picture, encode);
  }

  /** Closes all connections with 1001 and waits at most a second for the clients to confirm. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#commands.complete();
    clearInterval(this.#heartbeat);
    for (const client of this.#clients) client.end(1001, 'lifelens ends');
    const deadlineMs = systemClock.nowMs() + 1000;
    while (this.#clients.size > 0 && systemClock.nowMs() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const client of this.#clients) client.terminate();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, principal: Principal): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const clientsMax = this.#options.clientsMax ?? webSocketDefaults.clientsMax;
      const isFull = this.#clients.size + this.#arriving >= clientsMax;
      if (!isFull && !this.#closed) {
        void this.#welcome(webSocket, principal);
        return;
      }
      webSocket.on('error', () => undefined);
      if (isFull) webSocket.close(1013, 'too many clients');
      else webSocket.close(1001, 'lifelens ends');
      setTimeout(() => webSocket.terminate(), 1000).unref();
    });
  }

  /** Sends the present state first; until then, the client's own messages wait in its socket. */
  async #welcome(webSocket: WebSocket, principal: Principal): Promise<void> {
    webSocket.on('error', () => undefined);
    webSocket.pause();
    this.#arriving += 1;
    await this.#past
      .prepare(this.#options.samples ?? (() => []), (past) => {
        webSocket.resume();
        if (this.#closed) webSocket.close(1001, 'lifelens ends');
        else if (webSocket.readyState === webSocket.OPEN) this.#add(webSocket, principal, past);
      })
      // What gives the samples may fail; the client then comes again.
      .catch(() => webSocket.terminate());
    this.#arriving -= 1;
  }

  #add(webSocket: WebSocket, principal: Principal, past: readonly PastEvent[]): void {
    const client = new WebSocketClient(webSocket, {
      pendingBytesMax: this.#pendingBytesMax,
      intake: new CommandIntake(this.#commands, this.#commandLimits),
      principal,
      clock: this.#options.clock ?? systemClock,
    });
    this.#clients.add(client);
    webSocket.on('close', () => {
      if (this.#clients.delete(client)) this.#droppedOfGoneClients += client.dropped;
    });
    client.send(encodeBody(this.#hello(past.length, principal)), 3);
    for (const { event, body } of past) client.sendEvent(event, body);
  }

  /** `past` is the number of messages about the current state that follow at once. */
  #hello(past: number, { scope }: Principal): object {
    const { burst, perSecond, pendingMax } = this.#commandLimits;
    return {
      type: 'hello',
      protocol: protocolVersion,
      product: 'lifelens',
      ...this.#options.hello(),
      types: eventTypes,
      commands: commandNames,
      scope,
      past,
      limits: {
        commandBytesMax,
        commandBurst: burst,
        commandsPerSecond: perSecond,
        commandsPendingMax: pendingMax,
        pendingBytesMax: this.#pendingBytesMax,
      },
    };
  }
}
