import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { EncodedPicture } from './coded-jpegs.ts';
import { sceneFrames } from './coded-scene.ts';

/** A picture that a camera sent, or began to show, at a time in Unix ms. */
export interface Sent {
  readonly code: number;
  readonly atMs: number;
}

/** A camera that runs, and when it sent or showed which picture. */
export interface LiveServer {
  readonly url: string;
  readonly sent: readonly Sent[];
  readonly close: () => void;
}

type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  sent: Sent[],
  isOpen: () => boolean,
) => void | Promise<void>;

export async function serveHttp(path: string, answer: Answer): Promise<LiveServer> {
  const sent: Sent[] = [];
  let open = true;
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    void answer(request, response, sent, () => open && !response.destroyed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${path}`,
    sent,
    close: () => {
      open = false;
      server.closeAllConnections();
      server.close();
    },
  };
}

/** How a camera writes a multipart stream. */
export interface Multipart {
  /** The content type. Default: multipart/x-mixed-replace with the boundary. */
  readonly contentType?: string;
  /** What stands between the parts. Default `--frame`. */
  readonly boundary?: string;
  /** Whether one stands before the first part. Default true. */
  readonly firstBoundary?: boolean;
  readonly length?: 'right' | 'none' | 'zero';
  readonly newline?: '\r\n' | '\n';
  readonly partType?: string | null;
  readonly extraHeaders?: readonly string[];
  /** Bytes of the stream are cut into writes of this size. Default: one write a part. */
  readonly writeBytes?: number;
  /** Puts these bytes between parts, as faulty cameras do. */
  readonly rubbish?: Buffer;
}

/** Sends pictures in turn, for ever, as one multipart answer. */
export function multipart(
  pictures: readonly EncodedPicture[],
  fps: number,
  how: Multipart = {},
): Answer {
  const {
    boundary = '--frame',
    contentType = `multipart/x-mixed-replace; boundary=${boundary.replace(/^--/, '')}`,
    firstBoundary = true,
    length = 'right',
    newline = '\r\n',
    partType = 'image/jpeg',
    extraHeaders = [],
    writeBytes = Infinity,
    rubbish = Buffer.alloc(0),
  } = how;
  return async (_, response, sent, isOpen) => {
    response.writeHead(200, { 'content-type': contentType });
    const startMs = performance.now();
    for (let i = 0; isOpen(); i++) {
      const { code, bytes } = pictures[i % pictures.length]!;
      const headers = [
        ...(partType === null ? [] : [`Content-Type: ${partType}`]),
        ...(length === 'none' ? [] : [`Content-Length: ${length === 'zero' ? 0 : bytes.length}`]),
        ...extraHeaders,
      ];
      const head = [...(i > 0 || firstBoundary ? [boundary] : []), ...headers, '', ''];
      const part = Buffer.concat([
        Buffer.from(head.join(newline)),
        bytes,
        Buffer.from(newline),
        rubbish,
      ]);
      sent.push({ code, atMs: Date.now() });
      for (let at = 0; at < part.length && isOpen(); at += writeBytes) {
        response.write(part.subarray(at, Math.min(part.length, at + writeBytes)));
        if (writeBytes < Infinity) await new Promise(setImmediate);
      }
      await delay(Math.max(0, startMs + ((i + 1) * 1000) / fps - performance.now()));
    }
  };
}

/** Sends parts of a stream in turn, once, at this rate. */
export function streamed(
  parts: readonly EncodedPicture[],
  fps: number,
  contentType: string,
): Answer {
  return async (_, response, sent, isOpen) => {
    response.writeHead(200, { 'content-type': contentType });
    const startMs = performance.now();
    for (let i = 0; i < parts.length && isOpen(); i++) {
      const { code, bytes } = parts[i]!;
      sent.push({ code, atMs: Date.now() });
      response.write(bytes);
      await delay(Math.max(0, startMs + ((i + 1) * 1000) / fps - performance.now()));
    }
    response.end();
  };
}

/** Answers each request with the picture of the moment, which changes `fps` times a second. */
export function snapshots(
  pictures: readonly EncodedPicture[],
  fps: number,
  { contentType = 'image/jpeg', conditional = false } = {},
): Answer {
  const startMs = performance.now();
  return (request, response, sent) => {
    const at = Math.floor(((performance.now() - startMs) * fps) / 1000);
    const { code, bytes } = pictures[at % pictures.length]!;
    const etag = `"${at}"`;
    if (sent.at(-1)?.code !== code) sent.push({ code, atMs: Date.now() });
    if (conditional && request.headers['if-none-match'] === etag) {
      response.writeHead(304, { etag }).end();
      return;
    }
    const headers = { 'content-type': contentType, 'content-length': bytes.length };
    response.writeHead(200, conditional ? { ...headers, etag } : headers).end(bytes);
  };
}

/** The packets of a transport stream, one part a picture; each begins with a video PES packet. */
export function splitTransportStream(ts: Buffer): readonly EncodedPicture[] {
  const packetBytes = 188;
  const videoPid = 0x100;
  const parts: Buffer[][] = [];
  for (let at = 0; at + packetBytes <= ts.length; at += packetBytes) {
    const packet = ts.subarray(at, at + packetBytes);
    const pid = ((packet[1]! & 0x1f) << 8) | packet[2]!;
    const begins = (packet[1]! & 0x40) !== 0 && pid === videoPid;
    if (begins && parts.length > 0 && parts.at(-1)!.some(isVideoStart)) parts.push([]);
    if (parts.length === 0) parts.push([]);
    parts.at(-1)!.push(packet);
  }
  return parts.map((packets, i) => ({ code: i % sceneFrames, bytes: Buffer.concat(packets) }));

  function isVideoStart(packet: Buffer): boolean {
    return (packet[1]! & 0x40) !== 0 && (((packet[1]! & 0x1f) << 8) | packet[2]!) === videoPid;
  }
}
