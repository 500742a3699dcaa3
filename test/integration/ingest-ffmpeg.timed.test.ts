import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  createReadStream,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  copyFileSync,
} from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSource } from '../../operators/ingest/sources/create-source.ts';
import { findFfmpeg, type FfmpegBinary } from '../../operators/ingest/ffmpeg/ffmpeg-binary.ts';
import { ViewMaker } from '../../operators/ingest/pictures/view-maker.ts';
import { SourceError } from '../../operators/ingest/source.ts';
import { capture, droppedBy, until } from '../operators/ingest/capture.ts';
import { serveRtsp } from './rtsp-server.ts';

let folder: string;
let ffmpeg: FfmpegBinary;
let server: Server | null = null;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ingest-ffmpeg-'));
  ffmpeg = await findFfmpeg();
  make(
    'film.mp4',
    ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=30'],
    ['-frames:v', '90', '-c:v', 'mpeg4', '-movflags', '+faststart'],
  );
  make('sound.wav', ['-f', 'lavfi', '-i', 'sine=duration=1'], []);
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});
afterAll(() => rmSync(folder, { recursive: true }));

function make(name: string, input: string[], output: string[]): void {
  execFileSync(ffmpeg.path, ['-loglevel', 'error', '-y', ...input, ...output, join(folder, name)]);
}

/** Ids of the ffmpeg processes that a process started; by default this one. */
function ffmpegChildren(parent = process.pid): number[] {
  const list = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,comm='], { encoding: 'utf8' });
  return list.split('\n').flatMap((line) => {
    const [pid, ppid, stat, name] = line.trim().split(/\s+/);
    // Zombies have exited already.
    const isFfmpeg =
      Number(ppid) === parent && name === 'ffmpeg' && stat?.startsWith('Z') === false;
    return isFfmpeg ? [Number(pid)] : [];
  });
}

async function serve(answer: (response: ServerResponse, request: number) => void): Promise<string> {
  let requests = 0;
  server = createServer((_, response) => answer(response, requests++));
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

describe('ffmpeg sources', () => {
  it('emit every frame of a recording, or scaled and at a lower rate', async () => {
    const path = join(folder, 'film.mp4');
    const all = await capture(createSource(path), { viewSize: 160 });
    expect(all.frames.map((frame) => frame.index)).toEqual(Array.from({ length: 90 }, (_, i) => i));
    const sizes = new Set<string>();
    const resampled = await capture(createSource(path, { fps: 10, maxSide: 200 }), {
      onFrame: ({ width, height, sourceWidth, sourceHeight }) =>
        sizes.add([width, height, sourceWidth, sourceHeight].join()),
    });
    // A picture may come half an interval early, and the second one does: 0, 67, 167, … 2967 ms.
    expect(resampled.frames).toHaveLength(31);
    expect(resampled.frames.at(-1)!.timestampMs).toBeCloseTo(2966.67, 1);
    expect([...sizes]).toEqual(['200,150,320,240']);
    await until(() => ffmpegChildren().length === 0);
  });

  it.each([
    ['testsrc=size=320x240', 'centre', 128, 128],
    ['testsrc=size=320x240', 'corner', 128, 160],
    ['testsrc=size=90x200', 'centre', 416, 416],
  ] as const)('letterbox %s at the %s of %d × %d', async (input, anchor, width, height) => {
    make('shape.mkv', ['-f', 'lavfi', '-i', `${input}:rate=5`], ['-t', '1', '-c:v', 'ffv1']);
    const viewSize = { width, height, fit: 'letterbox', anchor, ground: 114 } as const;
    const views = new ViewMaker();
    const seen: { difference: number; ground: boolean }[] = [];
    await capture(createSource(join(folder, 'shape.mkv')), {
      viewSize,
      onFrame: (frame) => {
        const expected = new Uint8Array(frame.view.length);
        views.run(frame.full, frame.width, frame.height, viewSize, expected);
        let sum = 0;
        for (const [i, value] of frame.view.entries()) sum += Math.abs(value - expected[i]!);
        const last = frame.view.subarray(-3);
        seen.push({ difference: sum / expected.length, ground: last.every((v) => v === 114) });
      },
    });
    expect(seen).toHaveLength(5);
    // Another filter scales it, which shows at edges only; a shift of one pixel is 3 and more.
    for (const { difference } of seen) expect(difference).toBeLessThan(2);
    expect(seen.every(({ ground }) => ground)).toBe(true);
  });

  it('error in one line for a file that is not a video', async () => {
    copyFileSync('package.json', join(folder, 'notes.txt'));
    for (const name of ['sound.wav', 'notes.txt']) {
      const path = join(folder, name);
      const { outcome } = await capture(createSource(path));
      expect(outcome).toBeInstanceOf(SourceError);
      expect(outcome).toMatchObject({ code: 'not-a-video', source: path });
      expect((outcome as Error).message).toMatch(
        /^[^\n]+ is not a video that ffmpeg can read: [^\n]+$/,
      );
    }
  });

  it('play a truncated recording up to its end', async () => {
    const path = join(folder, 'cut.avi');
    make(
      'cut.avi',
      ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=30'],
      ['-frames:v', '90', '-c:v', 'mjpeg'],
    );
    truncateSync(path, Math.floor(statSync(path).size / 2));
    const result = await capture(createSource(path));
    expect(result.frames.length).toBeGreaterThan(20);
    expect(result.frames.length).toBeLessThan(90);
  });

  it('play a recording over HTTP once', async () => {
    const url = await serve((response) => {
      response.setHeader('content-length', statSync(join(folder, 'film.mp4')).size);
      createReadStream(join(folder, 'film.mp4')).pipe(response);
    });
    const result = await capture(createSource(`${url}/film.mp4`));
    expect(result.outcome).toBe('complete');
    expect(result.frames).toHaveLength(90);
  });

  it('reconnect to an MJPEG camera that closes the connection, and continue counting', async () => {
    make('one.jpg', ['-f', 'lavfi', '-i', 'testsrc=size=320x240'], ['-frames:v', '1']);
    const picture = readFileSync(join(folder, 'one.jpg'));
    const url = await serve((response) => {
      response.setHeader('content-type', 'multipart/x-mixed-replace; boundary=frame');
      let sent = 0;
      const timer = setInterval(() => {
        response.write(
          `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${String(picture.length)}\r\n\r\n`,
        );
        response.write(picture);
        response.write('\r\n');
        if (++sent === 40) response.end();
      }, 25);
      response.on('close', () => clearInterval(timer));
    });
    const result = await capture(createSource(`${url}/camera`, { stallMs: 5000 }), {
      pace: 'live',
      framesMax: 60,
    });
    expect(result.events.filter((event) => event.type === 'lost').length).toBeGreaterThan(0);
    expect(result.frames.at(-1)!.index + 1).toBe(60 + droppedBy(result));
    const times = result.frames.map((frame) => frame.timestampMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.abs(times.at(-1)! - Date.now())).toBeLessThan(5000);
    await until(() => ffmpegChildren().length === 0);
  }, 60_000);

  it('play an RTSP camera over TCP and reconnect when it closes the connection', async () => {
    const input = ['-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=25'];
    make('camera.ts', input, ['-frames:v', '100', '-c:v', 'mpeg2video', '-b:v', '400k', '-g', '5']);
    const rtsp = await serveRtsp(readFileSync(join(folder, 'camera.ts')), 2);
    try {
      const source = createSource(rtsp.url, { stallMs: 8000 });
      const result = await capture(source, { pace: 'live', framesMax: 120 });
      expect(result.outcome).toBe('limit');
      // One connection to probe and one to play, and both again after the camera closed them.
      expect(rtsp.plays()).toBeGreaterThanOrEqual(4);
      expect(result.events.filter((event) => event.type === 'lost').length).toBeGreaterThan(0);
      expect(result.frames.at(-1)!.index + 1).toBe(120 + droppedBy(result));
    } finally {
      rtsp.close();
    }
    await until(() => ffmpegChildren().length === 0);
  }, 60_000);

  it.each([
    ['http', 'http://127.0.0.1:1/camera'],
    ['rtsp', 'rtsp://me:secret@127.0.0.1:1/camera'],
  ])('error for an unreachable %s camera, without its password', async (_, url) => {
    const { outcome } = await capture(
      createSource(url, { stallMs: 4000, firstOpenMustSucceed: true }),
    );
    expect(outcome).toMatchObject({ code: 'unreachable' });
    expect((outcome as Error).message).toMatch(/^cannot open \S+: .*refused/);
    expect((outcome as Error).message).not.toContain('secret');
    await until(() => ffmpegChildren().length === 0);
  });

  it('error with the HTTP status for a wrong URL', async () => {
    const url = await serve((response) => {
      response.statusCode = 404;
      response.end();
    });
    const { outcome } = await capture(
      createSource(`${url}/camera`, { firstOpenMustSucceed: true }),
    );
    expect(outcome).toMatchObject({ code: 'unreachable' });
    expect((outcome as Error).message).toContain('404');
  });

  it('end with the program, even if it exits without unsubscribing', async () => {
    const script = `
      import { createSource } from './operators/ingest/sources/create-source.ts';
      import { SharedFramePool } from './operators/ingest/frames/shared-frame-pool.ts';
      const context = { camera: 'c', pool: new SharedFramePool(2), viewSize: 32, pace: 'live', onEvent() {} };
      createSource(${JSON.stringify(join(folder, 'film.mp4'))}, { loop: true }).open(context).subscribe((frame) => {
        frame.release();
        if (frame.index === 3) process.stdout.write('ready\\n');
        if (frame.index === 6) process.exit(0);
      });`;
    const child: ChildProcess = spawn(process.execPath, [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      script,
    ]);
    const pids: number[] = [];
    child.stdout!.on('data', () => {
      pids.push(...ffmpegChildren(child.pid));
    });
    await new Promise((resolve) => child.once('exit', resolve));
    expect(pids).toHaveLength(1);
    await until(() => !isRunning(pids[0]!), 1000);
  });
});

/** Whether a process runs; a zombie has exited, although its parent has not collected it. */
function isRunning(pid: number): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith(
      'Z',
    );
  } catch {
    return false;
  }
}
