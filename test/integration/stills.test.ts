import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findFfmpeg } from '../../operators/ingest/ffmpeg/ffmpeg-binary.ts';
import { createSource } from '../../operators/ingest/sources/create-source.ts';
import type { RunReport } from '../../pipeline/application/metrics/run-report.ts';
import { Lifelens } from '../../pipeline/laboratory/benchmarks/rig/lifelens-process.ts';
import { capture } from '../operators/ingest/capture.ts';
import {
  sendSteadily,
  serveCamera,
  type CameraServer,
} from '../operators/ingest/stills/camera-server.ts';

let folder: string;
/** A simulated scene that the detector knows something in. */
let photo: Buffer;
const servers: CameraServer[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lifelens-stills-'));
  let best: Buffer | null = null;
  // Some time into the scene, when objects stand in the picture.
  await capture(createSource('world'), {
    framesMax: 60,
    onFrame: ({ full, width, height }) => {
      best = Buffer.from(full);
      size = { width, height };
    },
  });
  photo = await sharp(best!, { raw: { ...size, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer();
  writeFileSync(join(folder, 'photo.jpg'), photo);
});
let size = { width: 0, height: 0 };
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function serve(answer: Parameters<typeof serveCamera>[0]): Promise<CameraServer> {
  const server = await serveCamera(answer);
  servers.push(server);
  return server;
}

interface Line {
  readonly timestampMs: number;
  readonly detections: readonly { readonly class: string; readonly box: readonly number[] }[];
}

/** Runs the whole program, without an ffmpeg to fall back on. */
async function run(source: string, ...flags: readonly string[]) {
  const argv = ['run', '--source', source, '--no-dashboard', '--report', '-', ...flags];
  const env = { ...process.env, FFMPEG_PATH: join(folder, 'no-ffmpeg') };
  const options = { cwd: folder, env };
  const ended = await new Lifelens([...argv, '--detections', 'out.jsonl'], options).ended;
  const text = ended.code === 0 ? readFileSync(join(folder, 'out.jsonl'), 'utf8').trim() : '';
  const lines = text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Line);
  const report = ended.code === 0 ? (JSON.parse(ended.stdout) as RunReport) : null;
  return { ...ended, lines, report };
}

const beginMultipart = (response: ServerResponse, boundary = 'frame'): void => {
  response.writeHead(200, { 'content-type': `multipart/x-mixed-replace;boundary=${boundary}` });
};

describe('lifelens run', () => {
  it('detects the objects of one picture, although each is seen once', async () => {
    const { code, errorLines, report, lines } = await run('photo.jpg', '--fast');
    expect([code, errorLines]).toEqual([0, []]);
    expect(report).toMatchObject({ captured: 1, detected: 1, dropped: {} });
    expect(lines).toHaveLength(1);
    expect(lines[0]!.detections.length).toBeGreaterThan(0);
  });

  it('refuses a picture that cannot be read, in one line', async () => {
    writeFileSync(join(folder, 'cut.jpg'), photo.subarray(0, photo.length / 2));
    const { code, errorLines } = await run('cut.jpg', '--fast');
    expect(code).toBe(1);
    expect(errorLines).toEqual([
      expect.stringMatching(/^lifelens: .*cut\.jpg is not a picture that can be read: /),
    ]);
  });

  it.each([
    [
      'without a first boundary, as an ESP32 sends it',
      '123456789000000000000987654321',
      () => [
        `Content-Type: image/jpeg\r\nContent-Length: ${photo.length}\r\nX-Timestamp: 3.25\r\n\r\n`,
        photo,
        '\r\n--123456789000000000000987654321\r\n',
      ],
    ],
    [
      'with lengths and a boundary in each part, as Tasmota sends it',
      'e8b8c539-047d-4777-a985-fbba6edff11e',
      () => [
        '\r\n--e8b8c539-047d-4777-a985-fbba6edff11e\r\n',
        `Content-Type: image/jpeg\r\nContent-Length: ${photo.length}\r\n\r\n`,
        photo,
      ],
    ],
    [
      'with parts without a length',
      'frame',
      () => ['--frame\nContent-Type: image/jpeg\n\n', photo],
    ],
  ])('sees what a camera shows %s', async (_, boundary, parts) => {
    const part = Buffer.concat(parts().map((bytes) => Buffer.from(bytes)));
    const { url } = await serve((_request, response) => {
      beginMultipart(response, boundary);
      sendSteadily(response, 100, () => part);
    });
    const { code, errorLines, lines } = await run(`${url}/secret-path`, '--frames', '12');
    expect([code, errorLines]).toEqual([0, []]);
    expect(lines.at(-1)!.detections.length).toBeGreaterThan(0);
  });

  it('asks a snapshot address for one picture after the other', async () => {
    let count = 0;
    const { url, requests } = await serve((_, response) => {
      // A remark makes each picture another one.
      const remark = Buffer.from([0xff, 0xfe, 0, 4, 0, count++ & 255]);
      response.setHeader('content-type', 'image/jpeg');
      response.end(Buffer.concat([photo.subarray(0, 2), remark, photo.subarray(2)]));
    });
    const { code, errorLines, lines, report } = await run(
      ...([`${url}/snapshot.jpg`, '--fps', '4', '--frames', '8'] as const),
    );
    expect([code, errorLines]).toEqual([0, []]);
    expect(report?.captured).toBe(8);
    expect(lines.at(-1)!.detections.length).toBeGreaterThan(0);
    expect(requests.length).toBeLessThanOrEqual(10);
  });

  it('says in one line that an address leads to a web page', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>');
    });
    const { code, errorLines } = await run(`${url}/secret-path`, '--frames', '2');
    expect(code).toBe(1);
    expect(errorLines).toEqual([
      `lifelens: cannot open ${url}: it answers with a web page (text/html), not with pictures; give the address of its video stream or of its snapshot`,
    ]);
  });
});

describe('video over HTTP', () => {
  it('that is no stream of pictures is still played by ffmpeg', async () => {
    const { path } = await findFfmpeg();
    const film = join(folder, 'camera.ts');
    const input = ['-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=25', '-frames:v', '100'];
    execFileSync(path, ['-loglevel', 'error', '-y', ...input, '-c:v', 'mpeg2video', film]);
    const bytes = readFileSync(film);
    const { url } = await serve((_, response) => response.end(bytes));
    const { outcome } = await capture(createSource(`${url}/stream`), { framesMax: 5 });
    expect(outcome).toBe('limit');
  });
});
