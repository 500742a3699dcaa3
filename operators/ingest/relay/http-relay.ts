import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import type { CameraInput } from './camera-input.ts';
import { CameraRequests } from './camera-requests.ts';
import { isSameServer, portOf, redirectProblem, type NetworkAddress } from './network-address.ts';

/** Connections of one ffmpeg to its relay: a playlist and its segments, and what ends meanwhile. */
export const relayConnectionsMax = 16;

/** Endings by which ffmpeg recognises formats; any other could be part of a secret path. */
const knownEnding =
  /\.(asf|avi|flv|jpe?g|m2ts|m3u8|m4v|mjpe?g|mjpg|mkv|mov|mp4|mpe?g|mpd|ogv|png|ts|webm|wmv)$/i;
const passedOn = [
  'content-type',
  'content-length',
  'content-range',
  'content-encoding',
  'accept-ranges',
];
const asked = ['range', 'accept', 'user-agent', 'icy-metadata'];
const userName = 'ffmpeg';

/**
 * Opens a relay through which one ffmpeg reads a camera over HTTP, as its proxy: ffmpeg sees
 * neither credentials nor path, and every request that it makes, also for a redirect or for what a
 * playlist names, passes {@link HttpRelay} and goes to the camera's host and port only.
 *
 * The relay listens on loopback and asks for a password, which ffmpeg has from its environment.
 */
export async function openHttpRelay(
  address: NetworkAddress,
  stallMs: number,
): Promise<CameraInput> {
  const relay = new HttpRelay(address, stallMs);
  const server = createServer((request, response) => relay.answer(request, response));
  server.maxConnections = relayConnectionsMax;
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    input: relay.entry.href,
    inputOptions: ['-protocol_whitelist', 'http,tcp,crypto,data'],
    environment: {
      http_proxy: `http://${userName}:${relay.password}@127.0.0.1:${port}`,
      no_proxy: '',
    },
    problem: () => relay.problem,
    captureMsOf: () => null,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Answers the requests of one ffmpeg with what the camera answers. */
class HttpRelay {
  readonly password = randomBytes(16).toString('hex');
  /** The camera as ffmpeg sees it: its host and port, and as many folders as its path has. */
  readonly entry: URL;
  problem: string | null = null;
  readonly #address: NetworkAddress;
  readonly #requests: CameraRequests;
  /** Servers that a permitted redirect led to and that speak HTTPS, as `host:port`. */
  readonly #encrypted = new Set<string>();

  constructor(address: NetworkAddress, stallMs: number) {
    const { url } = address;
    this.#address = address;
    // ffmpeg limits the silence of a stream; a recording may wait as long as ffmpeg does.
    this.#requests = new CameraRequests(address, { timeoutMs: stallMs });
    const ending = knownEnding.exec(url.pathname)?.[0] ?? '';
    const folders = foldersOf(url).map(() => '-/');
    this.entry = new URL(`http://${url.hostname}:${portOf(url)}/${folders.join('')}video${ending}`);
    if (url.protocol === 'https:') this.#encrypted.add(serverOf(url));
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const expected = `Basic ${Buffer.from(`${userName}:${this.password}`).toString('base64')}`;
    if (request.headers['proxy-authorization'] !== expected) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic realm="lifelens"' }).end();
      return;
    }
    const target = this.#targetOf(request.url ?? '');
    if (target === null || request.method !== 'GET') this.#refuse(response, null);
    else void this.#forward(request, response, target);
  }

  /** The URL that a request stands for; null if it may not be opened. */
  #targetOf(requested: string): URL | null {
    if (!URL.canParse(requested)) return null;
    const url = new URL(requested);
    if (serverOf(url) !== serverOf(this.entry)) {
      if (!this.#address.allowRedirects || url.protocol !== 'http:') {
        this.problem = redirectProblem(requested);
        return null;
      }
      if (this.#encrypted.has(serverOf(url))) return withScheme(url, 'https');
      return url;
    }
    const real = this.#address.url;
    if (url.pathname === this.entry.pathname) return real;
    const named = foldersOf(real);
    const folders = foldersOf(url).map((folder, i) =>
      folder === '-' ? (named[i] ?? folder) : folder,
    );
    const last = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
    const path = [...folders, last].map((part) => `/${part}`).join('');
    return new URL(path + url.search, real);
  }

  async #forward(request: IncomingMessage, response: ServerResponse, target: URL): Promise<void> {
    const ending = new AbortController();
    response.once('close', () => ending.abort());
    try {
      const headers = picked(request.headers, asked);
      const answer = await this.#requests.get(target, headers, ending.signal);
      if (response.closed) answer.destroy();
      else this.#passOn(answer, response, target);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else this.#refuse(response, (error as Error).message);
    }
  }

  #passOn(answer: IncomingMessage, response: ServerResponse, target: URL): void {
    const { statusCode = 502, headers } = answer;
    try {
      if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
        answer.destroy();
        this.#redirect(headers.location, response, target);
        return;
      }
      this.problem = null;
      response.writeHead(statusCode, picked(headers, passedOn));
    } catch (error) {
      // Where it must not lead, or a header with characters that cannot be sent on.
      answer.destroy();
      throw error;
    }
    // Either side may end early: a camera that is lost, or an ffmpeg that seeks.
    pipeline(answer, response, () => undefined);
  }

  /** Lets ffmpeg follow, because what a playlist names is relative to where it is found. */
  #redirect(location: string, response: ServerResponse, from: URL): void {
    const target = this.#requests.redirected(location, from);
    const { hostname, pathname, search } = target;
    if (!isSameServer(target, this.#address.url) && target.protocol === 'https:') {
      this.#encrypted.add(serverOf(target));
    }
    const seen = `http://${hostname}:${portOf(target)}${pathname}${search}`;
    response.writeHead(302, { location: seen, 'content-length': 0 }).end();
  }

  #refuse(response: ServerResponse, problem: string | null): void {
    this.problem = problem ?? this.problem;
    if (!response.headersSent) response.writeHead(502, { 'content-length': 0 });
    response.end();
  }
}

function foldersOf({ pathname }: URL): readonly string[] {
  return pathname.split('/').slice(1, -1);
}

function serverOf(url: URL): string {
  return `${url.hostname}:${portOf(url)}`;
}

function withScheme(url: URL, scheme: string): URL {
  return new URL(`${scheme}://${serverOf(url)}${url.pathname}${url.search}`);
}

function picked(
  headers: IncomingMessage['headers'],
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}
