import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An MJPEG camera behind each path, which answers 503 until it is opened. */
export class PictureServer {
  readonly #server: Server;
  readonly #open = new Set<string>();

  private constructor(picture: Uint8Array) {
    this.#server = createServer((request, response) => {
      if (!this.#open.has(request.url ?? '')) {
        response.writeHead(503).end();
        return;
      }
      response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=frame' });
      const send = (): void => {
        const head = `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`;
        response.write(head);
        response.write(picture);
        response.write('\r\n');
      };
      const timer = setInterval(send, 200);
      response.on('close', () => clearInterval(timer));
      send();
    });
  }

  /** Resolves with a server whose cameras all show this JPEG. */
  static async create(picture: Uint8Array): Promise<PictureServer> {
    const server = new PictureServer(picture);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  address(camera: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${camera}`;
  }

  /** From now on this camera sends pictures, five per second. */
  open(camera: string): void {
    this.#open.add(`/${camera}`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
