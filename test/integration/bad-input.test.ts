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
/** Takes connections and never says a word. */
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
  const dead = `rtsp://127.0.0.1:${portOf(silent)}/stream`;
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
  await write('dead.yaml', `cameras: { gate: { source: "${dead}", stallMs: 1500 } }\n`);
  await write('taken.yaml', `dashboard: { port: ${portOf(silent)} }\n`);
  await write('secret.yaml', 'dashboard: { token: "${LIFELENS_TEST_UNSET}" }\n');
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  silent.close();
  notFound.close();
  await rm(folder, { recursive: true, force: true });
});

interface Case {
  readonly what: string;
  readonly argv: readonly string[] | (() => readonly string[]);
  readonly code: 1 | 2;
  readonly says: RegExp;
}

const watching = ['run', '--no-dashboard', '--frames', '2', '--fast'];
const source = (spec: string): string[] => [...watching, '--source', spec];

const cases: readonly Case[] = [
  { what: 'a missing file', argv: source('none.mp4'), code: 1, says: /no such file.*none\.mp4$/ },
  { what: 'text for a video', argv: source('text.mp4'), code: 1, says: /text\.mp4 is not a video/ },
  {
    what: 'an empty file',
    argv: source('nothing.mp4'),
    code: 1,
    says: /nothing\.mp4 is not a vid/,
  },
  {
    what: 'an empty folder',
    argv: source('empty'),
    code: 1,
    says: /no jpg, png, webp or bmp.*empty/,
  },
  { what: 'an unknown protocol', argv: source('ftp://a/b'), code: 1, says: /cannot read ftp:/ },
  {
    what: 'a URL that answers 404',
    argv: () => source(`http://127.0.0.1:${portOf(notFound)}/clip.mp4`),
    code: 1,
    says: /clip\.mp4 cannot be opened: .*404/,
  },
  {
    what: 'a stream that answers 404',
    argv: () => source(`http://127.0.0.1:${portOf(notFound)}/stream`),
    code: 1,
    says: /cannot open http:.*404/,
  },
  {
    what: 'an address that refuses, its password untold',
    argv: source('http://me:geheim@127.0.0.1:1/stream'),
    code: 1,
    says: /^(?!.*geheim)lifelens: cannot open http:.*refused/,
  },
  {
    what: 'a refused RTSP connection',
    argv: source('rtsp://127.0.0.1:1/stream'),
    code: 1,
    says: /cannot open rtsp:.*refused/,
  },
  {
    what: 'an RTSP camera that never answers',
    argv: [...watching, '--config', 'dead.yaml'],
    code: 1,
    says: /cannot open rtsp:/,
  },
  {
    what: 'a missing config file',
    argv: ['run', '--config', 'none.yaml'],
    code: 2,
    says: /none\.yaml: no such file/,
  },
  {
    what: 'an unknown config key',
    argv: ['run', '--config', 'unknown-key.yaml'],
    code: 2,
    says: /unknown-key\.yaml: detect\.siez: unknown key, did you mean size\?/,
  },
  {
    what: 'broken YAML',
    argv: ['run', '--config', 'not-yaml.yaml'],
    code: 2,
    says: /not-yaml\.yaml: 2:1: /,
  },
  {
    what: 'a secret that is not in the environment',
    argv: ['run', '--config', 'secret.yaml'],
    code: 2,
    says: /LIFELENS_TEST_UNSET/,
  },
  {
    what: 'a port in use',
    argv: ['run', '--frames', '2', '--config', 'taken.yaml'],
    code: 1,
    says: /port \d+/,
  },
  {
    what: 'a state folder that can’t be written to',
    argv: [...watching, '--state', 'file/state'],
    code: 1,
    says: /file\/state can't be written to/,
  },
  {
    what: 'a detections file that can’t be written',
    argv: [...watching, '--detections', 'file/d.jsonl'],
    code: 1,
    says: /cannot write detections to file\/d\.jsonl/,
  },
  {
    what: 'a report that can’t be written',
    argv: [...watching, '--report', 'file/r.json'],
    code: 1,
    says: /can't be written to file\/r\.json/,
  },
  {
    what: 'a report that can’t be written, before anything is learned',
    argv: ['teach', '--train', 'yolo:none', '--state', 's', '--report', 'none/r.json'],
    code: 1,
    says: /report can't be written to none\/r\.json: its folder does not exist/,
  },
  { what: 'an unknown flag', argv: ['run', '--fats'], code: 2, says: /'--fats'.*--fast/ },
  { what: 'an unknown command', argv: ['walk'], code: 2, says: /lifelens: / },
  { what: 'a size that is none', argv: ['run', '--size', '400'], code: 2, says: /320 or 512/ },
  { what: 'a missing SET', argv: ['teach', '--state', 's'], code: 2, says: /--train/ },
  {
    what: 'a SET that is none',
    argv: ['teach', '--train', 'voc:x', '--state', 's'],
    code: 2,
    says: /voc:x: expected voc:ANNOTATIONS:IMAGES/,
  },
  {
    what: 'a SET without objects',
    argv: ['teach', '--train', 'yolo:bare', '--state', 'bare/state'],
    code: 1,
    says: /yolo:bare: expected objects to learn, found none/,
  },
  {
    what: 'a SET that is not there',
    argv: ['eval', '--test', 'yolo:none'],
    code: 1,
    says: /none: expected a folder/,
  },
  {
    what: 'a state folder to judge that is not there',
    argv: ['eval', '--test', 'yolo:empty', '--state', 'none'],
    code: 1,
    says: /lifelens: /,
  },
];

describe('bad input', () => {
  it.each(cases)('$what ends with exit code $code and one line', async (given) => {
    const argv = typeof given.argv === 'function' ? given.argv() : given.argv;
    const { code, complaints, stdout, tookMs, orphans } = await new Lifelens(argv, { cwd: folder })
      .ended;
    expect(complaints).toEqual([expect.stringMatching(/^lifelens: .*[^.]$/)]);
    expect(complaints[0]).toMatch(given.says);
    expect(code).toBe(given.code);
    expect(stdout).toBe('');
    expect(orphans).toEqual([]);
    // A set that teaches nothing leaves no state either.
    expect((await readdir(join(folder, 'bare'))).sort()).toEqual(['a.png', 'a.txt', 'classes.txt']);
    expect(tookMs).toBeLessThan(15_000);
  });
});
