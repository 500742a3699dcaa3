/** Bounds of what is read ahead of the end of a message. */
export const rtspLimits = { headBytes: 65_536, bodyBytes: 1_048_576 } as const;

/** A request or an answer: start line and headers without the final empty line, and its body. */
export interface RtspMessage {
  readonly head: string;
  readonly body: Buffer;
}

export interface RtspSplitterOptions {
  readonly onMessage: (message: RtspMessage) => void;
  /** Called with everything else, in order: interleaved packets and what no message begins with. */
  readonly onBytes: (bytes: Buffer) => void;
}

const dollar = 0x24;
const isLetter = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;

/**
 * Splits one direction of an RTSP connection (RFC 2326) into messages and interleaved packets
 * (section 10.12). Throws a RangeError on a message beyond the {@link rtspLimits}.
 */
export class RtspSplitter {
  readonly #options: RtspSplitterOptions;
  #rest: Buffer = Buffer.alloc(0);

  constructor(options: RtspSplitterOptions) {
    this.#options = options;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at < bytes.length) {
      const to = isLetter(bytes[at]!) ? this.#message(bytes, at) : this.#other(bytes, at);
      if (to === at) break;
      at = to;
    }
    // A copy would not be smaller; the chunk is freed with the rest of it.
    this.#rest = bytes.subarray(at);
  }

  /** Reads the message at `at` and returns its end; `at` itself while it is incomplete. */
  #message(bytes: Buffer, at: number): number {
    const end = bytes.indexOf('\r\n\r\n', at, 'latin1');
    if (end < 0) {
      if (bytes.length - at > rtspLimits.headBytes) throw new RangeError('an endless RTSP header');
      return at;
    }
    const head = bytes.toString('latin1', at, end);
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (length > rtspLimits.bodyBytes) throw new RangeError('an RTSP body that is too long');
    const bodyAt = end + 4;
    if (bytes.length < bodyAt + length) return at;
    this.#options.onMessage({ head, body: bytes.subarray(bodyAt, bodyAt + length) });
    return bodyAt + length;
  }

  /** Passes on complete packets, and bytes up to the next packet or message, in one piece. */
  #other(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && !isLetter(bytes[at]!)) {
      if (bytes[at] !== dollar) {
        at++;
        continue;
      }
      if (at + 4 > bytes.length) break;
      const to = at + 4 + bytes.readUInt16BE(at + 2);
      if (to > bytes.length) break;
      at = to;
    }
    if (at > from) this.#options.onBytes(bytes.subarray(from, at));
    return at;
  }
}
