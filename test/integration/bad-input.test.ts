import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lifelens } from '../../pipeline/laboratory/benchmarks/rig/lifelens-process.ts';

let folder: string;
/** Accepts connections and never responds. */
const silent = createServer((socket) => sockets.add(socket));
const notFound = createHttpServer((_request, response) => response.writeHead(404).end('gone'));
const sockets = new Set<Socket>();
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-bad-'));
  for (const server of [silent, notFound]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const write = (name: string, text: string | Uint8Array): Promise<void> =>
    writeFile(join(folder, name), text);
  const silentCamera = `rtsp://127.0.0.1:${portOf(silent)}/stream`;
  await mkdir(join(folder, 'empty'));
  await mkdir(join(folder, 'bare'));
  await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).toFile(
    join(folder, 'bare/a.png'),
  );
  await write('bare/classes.txt', 'robot');
  await write('bare/a.txt', '');
  await write('file', 'a plain file');
  await write('text.mp4', 'no video\n'.repeat(500));
  await write('nothing.mp4', '');
  await write('unknown-key.yaml', 'detect: { siez: 320 }\n');
  await write('not-yaml.yaml', 'cameras: {\n');
  await write(
    'silent-camera.yaml',
    `cameras: { gate: { source: "${silentCamera}", openMs: 1500 } }\n`,
  );
  await write('port-in-use.yaml', `dashboard: { port: ${portOf(silent)} }\n`);
  await write('secret.yaml', 'dashboard: { token: "${LIFELENS_TEST_UNSET}" }\n');
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  silent.close();
  notFound.close();
  await rm(folder, { recursive: true, force: true });
});

interface InvalidCall {
  readonly input: string;
  readonly argv: readonly string[] | (() => readonly string[]);
  readonly code: 1 | 2;
  readonly message: RegExp;
}

const runTwoFrames = ['run', '--no-dashboard', '--frames', '2', '--fast'];
const source = (spec: string): string[] => [...runTwoFrames, '--source', spec];

const invalidCalls: readonly InvalidCall[] = [
  {
    input: 'a missing file',
    argv: source('none.mp4'),
    code: 1,
    message: /no such file.*none\.mp4$/,
  },
  {
    input: 'a text file named like a video',
    argv: source('text.mp4'),
    code: 1,
    message: /text\.mp4 is not a video/,
  },
  {
    input: 'an empty file',
    argv: source('nothing.mp4'),
    code: 1,
    message: /nothing\.mp4 is not a vid/,
  },
  {
    input: 'an empty folder',
    argv: source('empty'),
    code: 1,
    message: /no jpg, png, webp, bmp.*empty/,
  },
  { input: 'an unknown protocol', argv: source('ftp://a/b'), code: 1, message: /cannot read ftp:/ },
  {
    input: 'a URL that answers 404',
    argv: () => source(`http://127.0.0.1:${portOf(notFound)}/clip.mp4`),
    code: 1,
    // Of the address of a camera only the host is shown.
    message: /127\.0\.0\.1:\d+ cannot be opened: .*404/,
  },
  {
    input: 'a stream that answers 404',
    argv: () => source(`http://127.0.0.1:${portOf(notFound)}/stream`),
    code: 1,
    message: /cannot open http:.*404/,
  },
  {
    input: 'an address that refuses connections, without its password',
    argv: source('http://me:geheim@127.0.0.1:1/stream'),
    code: 1,
    message: /^(?!.*geheim)lifelens: cannot open http:.*refused/,
  },
  {
    input: 'a refused RTSP connection',
    argv: source('rtsp://127.0.0.1:1/stream'),
    code: 1,
    message: /cannot open rtsp:.*refused/,
  },
  {
    input: 'an RTSP camera that never answers',
    argv: [...runTwoFrames, '--config', 'silent-camera.yaml'],
    code: 1,
    message: /cannot open rtsp:/,
  },
  {
    input: 'a missing config file',
    argv: ['run', '--config', 'none.yaml'],
    code: 2,
    message: /none\.yaml: no such file/,
  },
  {
    input: 'an unknown config key',
    argv: ['run', '--config', 'unknown-key.yaml'],
    code: 2,
    message: /unknown-key\.yaml: detect\.siez: unknown key, did you mean size\?/,
  },
  {
    input: 'broken YAML',
    argv: ['run', '--config', 'not-yaml.yaml'],
    code: 2,
    message: /not-yaml\.yaml: 2:1: /,
  },
  {
    input: 'a secret that is not in the environment',
    argv: ['run', '--config', 'secret.yaml'],
    code: 2,
    message: /LIFELENS_TEST_UNSET/,
  },
  {
    input: 'a port in use',
    argv: ['run', '--frames', '2', '--config', 'port-in-use.yaml'],
    code: 1,
    message: /port \d+/,
  },
  {
    input: 'a state folder that can’t be written to',
    argv: [...runTwoFrames, '--state', 'file/state'],
    code: 1,
    message: /file\/state can't be written to/,
  },
  {
    input: 'a detections file that can’t be written',
    argv: [...runTwoFrames, '--detections', 'file/d.jsonl'],
    code: 1,
    message: /cannot write detections to file\/d\.jsonl/,
  },
  {
    input: 'a report that can’t be written',
    argv: [...runTwoFrames, '--report', 'file/r.json'],
    code: 1,
    message: /can't be written to file\/r\.json/,
  },
  {
    input: 'a report that can’t be written, before training starts',
    argv: ['teach', '--train', 'yolo:none', '--state', 's', '--report', 'none/r.json'],
    code: 1,
    message: /report can't be written to none\/r\.json: its folder does not exist/,
  },
  { input: 'an unknown flag', argv: ['run', '--fats'], code: 2, message: /'--fats'.*--fast/ },
  { input: 'an unknown command', argv: ['walk'], code: 2, message: /lifelens: / },
  {
    input: 'an unsupported detector size',
    argv: ['run', '--size', '400'],
    code: 2,
    message: /multiple of 32 from 160 to 1280/,
  },
  { input: 'a missing SET', argv: ['teach', '--state', 's'], code: 2, message: /--train/ },
  {
    input: 'a malformed SET',
    argv: ['teach', '--train', 'voc:x', '--state', 's'],
    code: 2,
    message: /voc:x: expected voc:ANNOTATIONS:IMAGES/,
  },
  {
    input: 'a dataset without objects',
    argv: ['teach', '--train', 'yolo:bare', '--state', 'bare/state'],
    code: 1,
    message: /yolo:bare: expected objects to learn, found none/,
  },
  {
    input: 'a missing dataset folder',
    argv: ['eval', '--test', 'yolo:none'],
    code: 1,
    message: /none: expected a folder/,
  },
  {
    input: 'a missing state folder to evaluate',
    argv: ['eval', '--test', 'yolo:empty', '--state', 'none'],
    code: 1,
    message: /lifelens: /,
  },
];

describe('bad input', () => {
  it.each(invalidCalls)(
    'exits with code $code and a one-line message for $input',
    async (invalid) => {
      const argv = typeof invalid.argv === 'function' ? invalid.argv() : invalid.argv;
      const { code, errorLines, stdout, durationMs, orphans } = await new Lifelens(argv, {
        cwd: folder,
      }).ended;
      expect(errorLines).toEqual([expect.stringMatching(/^lifelens: .*[^.]$/)]);
      expect(errorLines[0]).toMatch(invalid.message);
      expect(code).toBe(invalid.code);
      expect(stdout).toBe('');
      expect(orphans).toEqual([]);
      // A dataset without objects leaves no state folder behind.
      expect((await readdir(join(folder, 'bare'))).sort()).toEqual([
        'a.png',
        'a.txt',
        'classes.txt',
      ]);
      expect(durationMs).toBeLessThan(15_000);
    },
  );
});
