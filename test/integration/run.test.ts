import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunReport } from '../../pipeline/application/metrics/run-report.ts';
import { Client } from '../../pipeline/laboratory/benchmarks/rig/client.ts';
import { Lifelens } from '../../pipeline/laboratory/benchmarks/rig/lifelens-process.ts';
import { freePort, TestBroker } from './nats-server.ts';

const clip = { frames: 60, width: 320, height: 240, fps: 20 };
let folder: string;
const processes: Lifelens[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-run-'));
  const pattern = `testsrc2=size=${clip.width}x${clip.height}:rate=${clip.fps}`;
  const input = ['-f', 'lavfi', '-i', pattern, '-frames:v', String(clip.frames)];
  const encoding = ['-c:v', 'mpeg4', '-q:v', '3', '-pix_fmt', 'yuv420p'];
  await promisify(execFile)(process.env['FFMPEG_PATH'] ?? 'ffmpeg', [
    ...['-v', 'error', '-y', ...input, ...encoding, join(folder, 'clip.mp4')],
  ]);
});
afterEach(async () => {
  for (const lifelens of processes.splice(0)) await lifelens.destroy();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function start(...argv: readonly string[]): Lifelens {
  const lifelens = new Lifelens(argv, { cwd: folder });
  processes.push(lifelens);
  return lifelens;
}

const at = (file: string): string => join(folder, file);
const reportIn = async (file: string): Promise<RunReport> =>
  JSON.parse(await readFile(at(file), 'utf8')) as RunReport;
const droppedIn = ({ dropped }: Pick<RunReport, 'dropped'>): number =>
  Object.values(dropped).reduce((sum, count) => sum + count, 0);

describe('lifelens run on a video file', () => {
  it('processes every frame with --fast, and writes the documented report and detections', async () => {
    const { code, errorLines, stdout, orphans } = await start(
      ...['run', '--source', 'clip.mp4', '--fast', '--no-dashboard', '--compare-engine'],
      ...['--detections', 'fast.jsonl', '--report', '-'],
    ).ended;
    expect({ code, errorLines, orphans }).toEqual({ code: 0, errorLines: [], orphans: [] });

    const report = JSON.parse(stdout) as RunReport;
    expect(Object.keys(report)).toEqual([
      ...['captured', 'detected', 'dropped', 'durationMs', 'fps', 'engine', 'engineFps'],
      ...['latencyMs', 'detectMs', 'headVersion', 'headHash', 'learnedClasses', 'questions'],
      ...['labelCommands', 'swaps', 'refused', 'labelToLiveMs', 'tracks', 'memoryBytes'],
      ...['memoryBytesMax', 'memoryBytesPeak', 'rssBytes'],
    ]);
    expect(report).toMatchObject({ captured: clip.frames, detected: clip.frames, dropped: {} });
    expect(report).toMatchObject({ headVersion: 0, learnedClasses: [], memoryBytesMax: 2 ** 24 });
    // Nobody labels here.
    expect(report.labelCommands).toBe(0);
    expect(report.fps).toBeCloseTo((1000 * clip.frames) / report.durationMs, 6);
    expect(report.engineFps).toBeGreaterThan(0);
    expect(report.latencyMs.p99).toBeGreaterThanOrEqual(report.latencyMs.p50);
    expect(report.rssBytes.max).toBeGreaterThanOrEqual(report.rssBytes.end);

    const lines = (await readFile(at('fast.jsonl'), 'utf8')).trimEnd().split('\n');
    const frames = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(frames.map(({ frame }) => frame)).toEqual([...Array(clip.frames).keys()]);
    for (const [index, frame] of frames.entries()) {
      expect(Object.keys(frame)).toEqual([
        ...['frame', 'timestampMs', 'timeBasis', 'frameId', 'detections'],
      ]);
      expect(frame['timestampMs']).toBeCloseTo((1000 * index) / clip.fps, 3);
      for (const detection of frame['detections'] as Record<string, unknown>[]) {
        expect(Object.keys(detection)).toEqual([
          ...['class', 'score', 'box', 'trackId', 'headVersion'],
        ]);
        const [x0, y0, x1, y1] = detection['box'] as [number, number, number, number];
        expect(x0).toBeLessThan(x1);
        expect(y0).toBeLessThan(y1);
        expect(Math.max(x1 - clip.width, y1 - clip.height, -x0, -y0)).toBeLessThan(clip.width / 2);
      }
    }
  });

  it('counts detected and dropped frames at the frame rate of the file', async () => {
    // No detector keeps up at 512 pixels with one thread, so frames are dropped.
    const { code, errorLines } = await start(
      ...['run', '--source', 'clip.mp4', '--loop', '--size', '512', '--frames', '90'],
      ...['--no-dashboard', '--threads', '1', '--report', 'live.json'],
    ).ended;
    expect({ code, errorLines }).toEqual({ code: 0, errorLines: [] });
    const report = await reportIn('live.json');
    expect(report.captured).toBeGreaterThanOrEqual(90);
    expect(report.captured).toBe(report.detected + droppedIn(report));
    expect(report.detected).toBeGreaterThan(0);
  });
});

describe('a signal', () => {
  it.each([
    ['SIGINT', 'world', []],
    ['SIGTERM', 'world', ['--fast']],
    ['SIGINT', 'clip.mp4', ['--loop']],
    ['SIGTERM', 'clip.mp4', ['--loop', '--fast']],
  ] as const)(
    '%s ends a run on %s %s within 2 s, with every frame counted',
    async (signal, source, more) => {
      const file = `${signal}-${source}-${more.join('')}.json`;
      const lifelens = start(
        ...['run', '--source', source, '--port', '0', '--report', file, '--state', `${file}.state`],
        ...more,
      );
      const client = new Client(await lifelens.url());
      await client.receives(({ type, frame }) => type === 'detections' && Number(frame) > 20);
      if (source !== 'world') {
        expect(await lifelens.children()).toEqual([expect.stringMatching(/ffmpeg/)]);
      }
      const { code, errorLines, orphans, stopMs } = await lifelens.stop(signal);
      expect({ code, errorLines, orphans }).toEqual({ code: 0, errorLines: [], orphans: [] });
      expect(stopMs).toBeLessThan(2000);
      expect(client.closedWith).toBe(1001);
      const report = await reportIn(file);
      expect(report.captured).toBe(report.detected + droppedIn(report));
    },
  );

  it('ends a run during startup', async () => {
    for (const afterMs of [600, 1500, 2500]) {
      const lifelens = start('run', '--no-dashboard', '--source', 'clip.mp4', '--loop');
      await delay(afterMs);
      const { code, errorLines, orphans, stopMs } = await lifelens.stop('SIGINT');
      // Until the program installs its handler, the signal has its default effect.
      if (code !== null) expect(code).toBe(0);
      expect({ errorLines, orphans }).toEqual({ errorLines: [], orphans: [] });
      expect(stopMs).toBeLessThan(3000);
    }
  });
});

describe('a client that misbehaves', () => {
  it('receives an error or is disconnected, and the run continues undisturbed', async () => {
    const lifelens = start('run', '--port', '0', '--report', 'client.json');
    const url = await lifelens.url();
    const good = new Client(url);
    const bad = new Client(url);
    await bad.receives(({ type }) => type === 'hello');
    for (const text of ['{"command": "lab', '[]', '7', '{"command":"fly"}', '\u0000']) {
      expect(await bad.request(text)).toMatchObject({ ok: false, message: expect.any(String) });
    }
    const unknown = { command: 'label', class: 'cone', target: { sampleId: 'none' } };
    expect(await bad.request(JSON.stringify(unknown))).toMatchObject({ code: 'unknown-target' });

    // After startup, which allocates memory of its own.
    await good.receives(({ type, frame }) => type === 'detections' && Number(frame) > 90);
    const before = await nextMessage(good, 'metrics');
    const flood = Buffer.alloc(100 * 1024 * 1024, 'x');
    bad.socket.send(flood, { binary: false }, () => undefined);
    await expect.poll(() => bad.closedWith, { timeout: 10_000 }).not.toBe(null);
    expect([1006, 1009]).toContain(bad.closedWith);

    const from = good.messages.length;
    await good.receives(({ type }) => type === 'detections', { from });
    const after = await nextMessage(good, 'metrics');
    // Sampling and learning allocate meanwhile, but the message is not buffered.
    expect(rssOf(after) - rssOf(before)).toBeLessThan(0.8 * flood.length);
    const { code, errorLines } = await lifelens.stop('SIGINT');
    expect({ code, errorLines }).toEqual({ code: 0, errorLines: [] });
    const report = await reportIn('client.json');
    expect(report.captured).toBe(report.detected + droppedIn(report));
  });
});

describe('a NATS broker', () => {
  it('can be killed: the run continues, and reconnects once the broker restarts', async () => {
    const broker = new TestBroker(await freePort());
    await broker.start();
    const config = `nats: { enabled: true, servers: ["nats://${broker.address}"] }\n`;
    await writeFile(at('nats.yaml'), config);
    const lifelens = start('run', '--config', 'nats.yaml', '--port', '0');
    try {
      const client = new Client(await lifelens.url());
      await lifelens.logs(/^connected to the NATS broker/);
      await broker.kill();
      await lifelens.logs(/^lost the NATS broker/);
      await client.receives(({ type }) => type === 'detections', { from: client.messages.length });
      await broker.start();
      await lifelens.logs(/^connected to the NATS broker/, { times: 2 });
      await broker.kill();
      const { code, errorLines, stopMs } = await lifelens.stop('SIGINT');
      expect({ code, errorLines }).toEqual({ code: 0, errorLines: [] });
      expect(stopMs).toBeLessThan(2000);
    } finally {
      await broker.kill();
    }
  });
});

async function nextMessage(client: Client, type: string) {
  const from = client.messages.length;
  return client.receives((message) => message.type === type, { from });
}

function rssOf(metrics: Readonly<Record<string, unknown>>): number {
  return (metrics['process'] as { rssBytes: number }).rssBytes;
}
