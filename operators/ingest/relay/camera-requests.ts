import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Authorization } from './authorization.ts';
import {
  hostOf,
  isSameServer,
  portOf,
  redirectProblem,
  whyUnconnected,
  type NetworkAddress,
} from './network-address.ts';

export interface CameraRequestsOptions {
  /** Longest wait for the head of an answer, in ms. */
  readonly timeoutMs: number;
  /** Whether requests share one connection where the camera allows it. Default false. */
  readonly keepAlive?: boolean;
}

/** Redirects in a row that are followed. */
const redirectsMax = 5;

/**
 * HTTP requests to one camera: they log in where the camera asks for it (Digest or Basic, answered
 * to its own host and port only), follow redirects as the {@link NetworkAddress} permits, and put
 * up with rules that cameras break. Rejections are one line in words, without an address that is
 * secret.
 */
export class CameraRequests {
  readonly #address: NetworkAddress;
  readonly #timeoutMs: number;
  readonly #authorization: Authorization;
  readonly #agents: { readonly http: HttpAgent; readonly https: HttpsAgent } | null;

  constructor(address: NetworkAddress, { timeoutMs, keepAlive = false }: CameraRequestsOptions) {
    this.#address = address;
    this.#timeoutMs = timeoutMs;
    this.#authorization = new Authorization(address.credentials());
    const agents = { keepAlive, maxSockets: 1, maxFreeSockets: 1 };
    this.#agents = keepAlive
      ? { http: new HttpAgent(agents), https: new HttpsAgent(agents) }
      : null;
  }

  /**
   * The answer of the camera, after redirects. The caller reads or destroys it; an abort of the
   * signal ends the request until then.
   */
  async open(
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    let target = this.#address.url;
    for (let redirects = 0; ; redirects++) {
      const answer = await this.get(target, headers, signal);
      const next = this.#redirectOf(answer, target);
      if (next === null) return answer;
      if (redirects === redirectsMax) throw new Error('it redirects without end');
      target = next;
    }
  }

  /** The answer of one server to a GET; redirects are answers too. */
  async get(
    target: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const isCamera = isSameServer(target, this.#address.url);
    const answer = await this.#send(target, headers, isCamera, signal);
    if (answer.statusCode !== 401 || !isCamera) return answer;
    const challenges = answer.headersDistinct['www-authenticate'] ?? [];
    if (!this.#authorization.challenged(challenges)) return answer;
    answer.resume();
    return this.#send(target, headers, isCamera, signal);
  }

  /**
   * Where a redirect to `location` leads.
   *
   * @throws Error in words for other servers, unless they are permitted, and other protocols.
   */
  redirected(location: string, from: URL): URL {
    const target = URL.canParse(location, from.href) ? new URL(location, from) : null;
    if (target === null || !/^https?:$/.test(target.protocol)) {
      throw new Error('it redirects to what is not an HTTP address');
    }
    if (!isSameServer(target, this.#address.url) && !this.#address.allowRedirects) {
      throw new Error(redirectProblem(target.href));
    }
    return target;
  }

  /** Closes connections that wait for another request. */
  close(): void {
    this.#agents?.http.destroy();
    this.#agents?.https.destroy();
  }

  #redirectOf(answer: IncomingMessage, from: URL): URL | null {
    const { statusCode = 0, headers } = answer;
    if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) return null;
    answer.destroy();
    return this.redirected(headers.location, from);
  }

  async #send(
    target: URL,
    headers: Readonly<Record<string, string>>,
    isCamera: boolean,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const request = this.#request(target, headers, isCamera);
    try {
      return await answerOf(request, this.#timeoutMs, signal);
    } catch (error) {
      signal.throwIfAborted();
      const { code } = error as NodeJS.ErrnoException;
      // A camera may close a connection that waits just as the next request is sent.
      if (!request.reusedSocket || (code !== 'ECONNRESET' && code !== 'EPIPE')) {
        throw new Error(whyUnconnected(error as NodeJS.ErrnoException), { cause: error });
      }
      return this.#send(target, headers, isCamera, signal);
    }
  }

  #request(
    target: URL,
    headers: Readonly<Record<string, string>>,
    isCamera: boolean,
  ): ClientRequest {
    const path = target.pathname + target.search;
    const authorization = isCamera ? this.#authorization.header('GET', path) : null;
    const isEncrypted = target.protocol === 'https:';
    return (isEncrypted ? httpsRequest : httpRequest)({
      host: hostOf(target),
      port: portOf(target),
      path,
      headers: { ...headers, ...(authorization && { authorization }) },
      agent: (isEncrypted ? this.#agents?.https : this.#agents?.http) ?? false,
      // Cameras break rules that ffmpeg does not insist on, and sign their own certificates.
      insecureHTTPParser: true,
      rejectUnauthorized: false,
    });
  }
}

/** Sends a request and resolves with the head of its answer. */
function answerOf(
  request: ClientRequest,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      request.destroy();
    };
    // Of the whole head, also while connecting: the timeouts of sockets limit silence only.
    const timer = setTimeout(() => {
      request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    const fail = (error: Error): void => {
      settle();
      reject(error);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    request.on('error', fail);
    // Destroyed without an error, by the signal.
    request.once('close', () => fail(new Error('the request was ended')));
    request.once('response', (answer) => {
      settle();
      resolve(answer);
    });
    request.end();
  });
}
