import { randomBytes } from 'node:crypto';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Authorization } from './authorization.ts';
import type { CameraInput } from './camera-input.ts';
import {
  hostOf,
  isSameServer,
  portOf,
  redirectProblem,
  whyUnconnected,
  type NetworkAddress,
} from './network-address.ts';
import { RtspSplitter, type RtspMessage } from './rtsp-splitter.ts';

/** Redirects of one connection that are followed. */
export const rtspRedirectsMax = 5;

/**
 * Opens a relay through which one ffmpeg reads a camera over RTSP: ffmpeg sees neither credentials
 * nor path, and cannot be redirected to another host or port.
 *
 * The relay listens on loopback and takes the first connection that knows its random path, no
 * other.
 */
export async function openRtspRelay(address: NetworkAddress, openMs: number): Promise<CameraInput> {
  const path = randomBytes(16).toString('hex');
  let session: RtspSession | null = null;
  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    client.once('data', (first) => {
      if (session !== null || !first.toString('latin1').split('\r\n', 1)[0]?.includes(path)) {
        client.destroy();
        return;
      }
      server.close();
      session = new RtspSession(client, entry, address, openMs);
      session.start(first);
    });
  });
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const entry = `rtsp://127.0.0.1:${port}/${path}`;
  return {
    input: entry,
    inputOptions: ['-protocol_whitelist', 'rtsp,rtp,tcp,udp', '-rtsp_transport', 'tcp'],
    environment: {},
    problem: () => session?.problem ?? null,
    captureMsOf: () => null,
    close: () => {
      server.close();
      session?.close(null);
    },
  };
}

interface PendingRequest {
  readonly method: string;
  readonly requested: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly clientSequence: string;
  authorized: boolean;
}

/** One connection of an ffmpeg and that of its camera. */
class RtspSession {
  problem: string | null = null;
  readonly #client: Socket;
  /** The camera as ffmpeg sees it. */
  readonly #entry: string;
  readonly #address: NetworkAddress;
  /** How long the camera may take to answer. */
  readonly #openMs: number;
  readonly #fromClient: RtspSplitter;
  readonly #pending = new Map<string, PendingRequest>();
  #authorization: Authorization;
  #target: URL;
  #upstream: Socket | null = null;
  #sequence = 0;
  #redirects = 0;

  constructor(client: Socket, entry: string, address: NetworkAddress, openMs: number) {
    this.#client = client;
    this.#entry = entry;
    this.#address = address;
    this.#openMs = openMs;
    this.#target = address.url;
    this.#authorization = new Authorization(address.credentials());
    this.#fromClient = new RtspSplitter({
      onMessage: (message) => this.#request(message),
      onBytes: (bytes) => this.#upstream?.write(bytes),
    });
  }

  start(first: Buffer): void {
    this.#connect();
    this.#client.on('close', () => this.#upstream?.destroy());
    this.#client.on('drain', () => this.#upstream?.resume());
    const read = (chunk: Buffer): void => this.#guarded(() => this.#fromClient.push(chunk));
    this.#client.on('data', read);
    read(first);
  }

  close(problem: string | null): void {
    this.problem = problem ?? this.problem;
    this.#upstream?.destroy();
    this.#client.destroy();
  }

  /** Ends the connection with the reason, where what either side sends breaks a bound. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.close((error as Error).message);
    }
  }

  #connect(): void {
    const options = { host: hostOf(this.#target), port: portOf(this.#target) };
    const isEncrypted = this.#target.protocol === 'rtsps:';
    // Cameras sign their own certificates.
    const upstream = isEncrypted
      ? connectTls({ ...options, rejectUnauthorized: false })
      : connectTcp(options);
    this.#upstream = upstream;
    const answers = new RtspSplitter({
      onMessage: (message) => this.#answer(message),
      onBytes: (bytes) => this.#toClient(bytes),
    });
    upstream.setTimeout(this.#openMs, () =>
      this.close(`no answer within ${this.#openMs / 1000} s`),
    );
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      if (upstream === this.#upstream) this.close(whyUnconnected(error));
    });
    upstream.on('data', (chunk: Buffer) => {
      upstream.setTimeout(0);
      if (upstream === this.#upstream) this.#guarded(() => answers.push(chunk));
    });
    upstream.on('close', () => {
      if (upstream === this.#upstream) this.#client.end();
    });
  }

  #toClient(bytes: Buffer | string): void {
    const isTaken =
      typeof bytes === 'string' ? this.#client.write(bytes, 'latin1') : this.#client.write(bytes);
    if (!isTaken) this.#upstream?.pause();
  }

  #request({ head, body }: RtspMessage): void {
    const [start = '', ...headers] = head.split('\r\n');
    const [method = '', requested = ''] = start.split(' ');
    const own = /^(cseq|authorization):/i;
    this.#send({
      method,
      requested,
      headers: headers.filter((header) => !own.test(header)),
      body,
      clientSequence: headerOf(head, 'cseq')[0] ?? '',
      authorized: false,
    });
  }

  #send(request: PendingRequest): void {
    const { method, requested, headers, body } = request;
    const sequence = String(++this.#sequence);
    this.#pending.set(sequence, request);
    const uri = requested.startsWith(this.#entry)
      ? this.#target.href + requested.slice(this.#entry.length)
      : requested;
    const authorization = this.#authorization.header(method, uri);
    const lines = [
      `${method} ${uri} RTSP/1.0`,
      `CSeq: ${sequence}`,
      ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
      ...headers,
    ];
    this.#upstream?.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    if (body.length > 0) this.#upstream?.write(body);
  }

  #answer(message: RtspMessage): void {
    const { head, body } = message;
    const status = Number(/^RTSP\/\d\.\d (\d+)/.exec(head)?.[1] ?? 0);
    const sequence = headerOf(head, 'cseq')[0] ?? '';
    const request = this.#pending.get(sequence);
    if (status >= 200) this.#pending.delete(sequence);
    if (request !== undefined) {
      const challenges = headerOf(head, 'www-authenticate');
      if (status === 401 && !request.authorized && this.#authorization.challenged(challenges)) {
        this.#send({ ...request, authorized: true });
        return;
      }
      const [location] = headerOf(head, 'location');
      if (status >= 300 && status < 400 && location !== undefined) {
        this.#redirect(location, request);
        return;
      }
    }
    // A request of the camera, or an answer without a number, passes as it is.
    const passed =
      request === undefined ? head : head.replace(/^cseq:.*$/im, `CSeq: ${request.clientSequence}`);
    this.#toClient(`${passed}\r\n\r\n`);
    if (body.length > 0) this.#toClient(body);
  }

  #redirect(location: string, request: PendingRequest): void {
    const target = URL.canParse(location) ? new URL(location) : null;
    if (target === null || !/^rtsps?:$/.test(target.protocol) || target.hostname === '') {
      this.close('it redirects to what is not an RTSP address');
      return;
    }
    const isCamera = isSameServer(target, this.#address.url);
    if (!isCamera && !this.#address.allowRedirects) {
      this.close(redirectProblem(target.href));
      return;
    }
    if (++this.#redirects > rtspRedirectsMax) {
      this.close(`it redirects more than ${rtspRedirectsMax} times`);
      return;
    }
    const moved = !isSameServer(target, this.#target);
    target.username = '';
    target.password = '';
    this.#target = target;
    if (moved) {
      this.#authorization = new Authorization(isCamera ? this.#address.credentials() : null);
      const before = this.#upstream;
      this.#connect();
      before?.destroy();
    }
    this.#send({ ...request, authorized: false });
  }
}

/** The values of a header in a message's head. */
function headerOf(head: string, name: string): readonly string[] {
  return head
    .split('\r\n')
    .slice(1)
    .flatMap((line) => {
      const colon = line.indexOf(':');
      return line.slice(0, colon).trim().toLowerCase() === name
        ? [line.slice(colon + 1).trim()]
        : [];
    });
}
