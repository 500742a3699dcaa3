import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import sharp from 'sharp';

/** A camera over HTTP in this process. */
export interface CameraServer {
  readonly url: string;
  /** Requests so far. */
  readonly requests: readonly IncomingMessage[];
  /** Connections so far. */
  readonly connections: () => number;
  readonly close: () => void;
}

export async function serveCamera(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
): Promise<CameraServer> {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

export interface SentPicture {
  readonly width?: number;
  readonly height?: number;
  /** Red of the whole picture. */
  readonly red?: number;
  readonly orientation?: number;
  readonly format?: 'jpeg' | 'png' | 'webp';
}

/** An encoded picture of one colour. */
export function encodedPicture(picture: SentPicture = {}): Promise<Buffer> {
  const { width = 64, height = 48, red = 100, orientation, format = 'jpeg' } = picture;
  const background = { r: red, g: 60, b: 60 };
  const image = sharp({ create: { width, height, channels: 3, background } });
  const turned = orientation === undefined ? image : image.withMetadata({ orientation });
  return turned.toFormat(format).toBuffer();
}

/** Writes parts at a steady rate until the client goes; `parts` is asked for each. */
export function sendSteadily(
  response: ServerResponse,
  everyMs: number,
  part: (index: number) => Uint8Array | null,
): void {
  const startMs = performance.now();
  let index = 0;
  const send = (): void => {
    const bytes = part(index++);
    if (bytes === null) {
      response.end();
      return;
    }
    const flows = response.write(bytes);
    const next = (): void => {
      timer = setTimeout(send, Math.max(0, startMs + index * everyMs - performance.now()));
    };
    if (flows) next();
    else response.once('drain', next);
  };
  let timer: NodeJS.Timeout | undefined;
  response.on('close', () => clearTimeout(timer));
  send();
}
