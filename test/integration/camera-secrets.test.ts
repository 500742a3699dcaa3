import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findFfmpeg } from '../../operators/ingest/ffmpeg/ffmpeg-binary.ts';
import { createSource, type SourceOptions } from '../../operators/ingest/sources/create-source.ts';
import { capture } from '../operators/ingest/capture.ts';
import { serveRtsp } from './rtsp-server.ts';

let folder: string;
let picture: Buffer;
let film: Buffer;
let stream: Buffer;
const servers: Server[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'camera-secrets-'));
  const { path } = await findFfmpeg();
  const make = (name: string, input: string, output: string[]): Buffer => {
    const args = ['-loglevel', 'error', '-y', '-f', 'lavfi', '-i', input, ...output];
    execFileSync(path, [...args, join(folder, name)]);
    return readFileSync(join(folder, name));
  };
  picture = make('one.jpg', 'testsrc=size=160x120', ['-frames:v', '1']);
  // The index is at the end, so playing it takes seeking.
  film = make('film.mp4', 'testsrc=size=160x120:rate=25', ['-frames:v', '50', '-c:v', 'mpeg4']);
  const mpeg2 = ['-frames:v', '200', '-c:v', 'mpeg2video', '-g', '5', '-b:v', '400k'];
  stream = make('camera.ts', 'testsrc=size=160x120:rate=25', mpeg2);
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Sends pictures without end. */
function sendMjpeg(response: ServerResponse): void {
  response.setHeader('content-type', 'multipart/x-mixed-replace; boundary=frame');
  const head = `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`;
  const timer = setInterval(() => response.write(Buffer.concat([Buffer.from(head), picture])), 25);
  response.on('close', () => clearInterval(timer));
}

/** The command lines of all processes, as any user of the machine may read them. */
function commandLines(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes('ffmpeg'))
    .join('\n');
}

/** Plays some frames and returns what the process list showed meanwhile. */
async function play(url: string, options: SourceOptions = {}, framesMax = 5) {
  let seen = '';
  const source = createSource(url, { firstOpenMustSucceed: true, stallMs: 20_000, ...options });
  const result = await capture(source, {
    framesMax,
    onFrame: () => (seen += commandLines()),
  });
  return { ...result, seen };
}

/** What a server knows of a request with Digest credentials: whether the password is right. */
function isRightDigest(request: IncomingMessage, user: string, password: string): boolean {
  const text = request.headers.authorization ?? '';
  const of = (name: string) => new RegExp(`\\b${name}="?([^",]+)`).exec(text)?.[1] ?? '';
  const md5 = (value: string) => createHash('md5').update(value).digest('hex');
  const secret = md5(`${user}:cam:${password}`);
  const asked = md5(`GET:${of('uri')}`);
  const parts = [secret, of('nonce'), of('nc'), of('cnonce'), 'auth', asked];
  return text.startsWith('Digest ') && of('response') === md5(parts.join(':'));
}

describe.runIf(process.platform === 'linux')('the process list', () => {
  it('shows no password, path or query of an HTTP camera that asks for Digest credentials', async () => {
    const port = await serve((request, response) => {
      if (isRightDigest(request, 'adm1n', 'hunter2')) response.end(stream);
      else {
        response.setHeader('www-authenticate', 'Digest realm="cam", nonce="n1", qop="auth"');
        response.writeHead(401).end();
      }
    });
    const url = `http://adm1n:hunter2@127.0.0.1:${port}/secret-path/video?key=secret-query`;
    const { outcome, seen } = await play(url);
    expect(outcome).toBe('limit');
    expect(seen).toContain(String(port));
    expect(seen).not.toMatch(/adm1n|hunter2|secret-path|secret-query/);
  });

  it('shows no credentials of a camera that asks for Basic ones, given beside the URL', async () => {
    const right = `Basic ${Buffer.from('adm1n:hun/t@er2').toString('base64')}`;
    const port = await serve((request, response) => {
      if (request.headers.authorization === right) response.end(stream);
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="cam"' }).end();
    });
    const options = { user: 'adm1n', password: 'hun/t@er2' };
    const { outcome, seen } = await play(`http://127.0.0.1:${port}/video`, options);
    expect(outcome).toBe('limit');
    expect(seen).toContain(String(port));
    expect(seen).not.toMatch(/adm1n|er2/);
  });

  it('shows no credentials of an RTSP camera', async () => {
    const rtsp = await serveRtsp(stream, 2);
    try {
      const url = rtsp.url.replace('rtsp://', 'rtsp://adm1n:hunter2@');
      const { outcome, seen } = await play(`${url}/user=adm1n_password=secret-path`);
      expect(outcome).toBe('limit');
      expect(seen).toContain('rtsp://127.0.0.1');
      expect(seen).not.toMatch(/adm1n|hunter2|secret-path/);
    } finally {
      rtsp.close();
    }
  });

  it('shows no query of a recording over HTTP, which is played to its end by seeking', async () => {
    const port = await serve((request, response) => {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(206, {
        'content-length': film.length - from,
        'content-range': `bytes ${from}-${film.length - 1}/${film.length}`,
      });
      response.end(film.subarray(from));
    });
    const url = `http://127.0.0.1:${port}/videos/film.mp4?key=secret-query`;
    const { outcome, frames, seen } = await play(url, {}, Infinity);
    expect([outcome, frames.length]).toEqual(['complete', 50]);
    expect(seen).not.toMatch(/secret-query/);
  });
});

describe('a redirect', () => {
  /** A camera that redirects to `location`, and how often the other server was asked. */
  async function redirected(
    locationOf: (own: number, other: number) => string,
    options: SourceOptions = {},
  ) {
    const asked: IncomingMessage['headers'][] = [];
    const other = await serve((request, response) => {
      asked.push(request.headers);
      sendMjpeg(response);
    });
    const own = await serve((request, response) => {
      if (request.url === '/moved') sendMjpeg(response);
      else if (request.headers.authorization === undefined)
        response.writeHead(401, { 'www-authenticate': 'Basic realm="cam"' }).end();
      else response.writeHead(302, { location: locationOf(own, other) }).end();
    });
    const played = await play(`http://me:hunter2@127.0.0.1:${own}/camera`, options, 3);
    return { ...played, asked, own, other };
  }

  it('to the same host and port is followed', async () => {
    const { outcome } = await redirected((own) => `http://127.0.0.1:${own}/moved`);
    expect(outcome).toBe('limit');
  });

  it.each([
    ['port', (_: number, other: number) => `http://127.0.0.1:${other}/secret-path`],
    ['host', (_: number, other: number) => `http://localhost:${other}/secret-path`],
  ])('to another %s is refused without a connection, in words', async (_, locationOf) => {
    const { outcome, asked, own, other } = await redirected(locationOf);
    expect(outcome).toMatchObject({ code: 'unreachable' });
    expect((outcome as Error).message).toMatch(
      new RegExp(
        `^cannot open http://127.0.0.1:${own}: it leads to another address, http://\\w[\\w.]+:${other}, which is only followed with allowRedirects: true$`,
      ),
    );
    expect(asked).toEqual([]);
  });

  it('to another protocol is refused even where redirects are allowed', async () => {
    const { outcome } = await redirected(() => 'file:///etc/passwd', { allowRedirects: true });
    expect((outcome as Error).message).toMatch(/it redirects to what is not an HTTP address$/);
  });

  it('to another port is followed where redirects are allowed, without credentials', async () => {
    const { outcome, asked } = await redirected((_, other) => `http://127.0.0.1:${other}/x`, {
      allowRedirects: true,
    });
    expect(outcome).toBe('limit');
    expect(asked[0]).toBeDefined();
    expect(asked.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it('by a playlist to another port is refused without a connection', async () => {
    let asked = 0;
    const other = await serve((_, response) => {
      asked++;
      response.end(stream);
    });
    const own = await serve((_, response) => {
      response.setHeader('content-type', 'application/vnd.apple.mpegurl');
      const segment = `http://127.0.0.1:${other}/1.ts`;
      response.end(`#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\n${segment}\n#EXT-X-ENDLIST\n`);
    });
    const { outcome } = await play(`http://127.0.0.1:${own}/live/index.m3u8`);
    expect((outcome as Error).message).toContain('it leads to another address');
    expect(asked).toBe(0);
  });

  it('by a playlist to a place beside it is followed', async () => {
    const own = await serve((request, response) => {
      if (request.url === '/live/a/1.ts?k=2') response.end(stream);
      else if (request.url === '/live/a/index.m3u8?k=1')
        response.end('#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\n1.ts?k=2\n#EXT-X-ENDLIST\n');
      else response.writeHead(404).end();
    });
    const { outcome } = await play(`http://127.0.0.1:${own}/live/a/index.m3u8?k=1`);
    expect(outcome).toBe('limit');
  });
});
