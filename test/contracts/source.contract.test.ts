import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSource } from '../../operators/ingest/sources/create-source.ts';
import { pairedSource } from '../../operators/ingest/sources/paired/paired-source.ts';
import { pictureSource, type Picture } from '../../operators/ingest/sources/picture-source.ts';
import { findFfmpeg } from '../../operators/ingest/ffmpeg/ffmpeg-binary.ts';
import type { Frame } from '../../operators/ingest/frames/frame.ts';
import { canvasOf } from '../../operators/ingest/frames/view-size.ts';
import { SharedFramePool } from '../../operators/ingest/frames/shared-frame-pool.ts';
import type { Source, SourceEvent } from '../../operators/ingest/source.ts';
import { scenarioSchema } from '../../operators/ingest/world/scenario.ts';
import { capture, droppedBy, until } from '../operators/ingest/capture.ts';
import { meanDifference } from '../operators/ingest/mean-difference.ts';
import {
  sendSteadily,
  serveCamera,
  type CameraServer,
} from '../operators/ingest/stills/camera-server.ts';

const size = { width: 96, height: 72 };
const fps = 25;
const frameCount = 12;
let folder: string;
/** Sends the images of the folder as a multipart stream, and as snapshots to other paths. */
let camera: CameraServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'source-contract-'));
  const { path } = await findFfmpeg({});
  const pattern = `testsrc=size=96x72:rate=${String(fps)}`;
  const encode = ['-c:v', 'mpeg4', '-frames:v', String(frameCount), join(folder, 'test.avi')];
  execFileSync(path, ['-loglevel', 'error', '-f', 'lavfi', '-i', pattern, ...encode]);
  mkdirSync(join(folder, 'images'));
  for (let i = 0; i < frameCount; i++) {
    const background = { r: i * 10, g: 80, b: 160 };
    const image = sharp({ create: { ...size, channels: 3, background } });
    await image.png().toFile(join(folder, 'images', `${String(i)}.png`));
  }
  const images = Array.from({ length: frameCount }, (_, i) =>
    readFileSync(join(folder, 'images', `${String(i)}.png`)),
  );
  const asked = new WeakMap<object, number>();
  camera = await serveCamera(({ url, socket }, response) => {
    if (url !== '/stream') {
      // Every connection begins with the first image.
      const index = asked.get(socket) ?? 0;
      asked.set(socket, index + 1);
      response.end(images[index % frameCount]);
      return;
    }
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=b' });
    const head = Buffer.from('--b\r\nContent-Type: image/png\r\n\r\n');
    sendSteadily(response, 1000 / fps, (i) => Buffer.concat([head, images[i % frameCount]!]));
  });
});
afterAll(() => {
  camera.close();
  rmSync(folder, { recursive: true });
});

const scenario = scenarioSchema.parse({
  ...size,
  fps,
  clutter: 0,
  objectSize: [20, 30],
  classes: [{ name: 'teddy bear', emoji: '1f9f8' }],
});

async function* gradients(count: number, scale = 1): AsyncGenerator<Picture> {
  const { width, height } = { width: size.width * scale, height: size.height * scale };
  const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => ((i / 3) % width) / scale);
  for (let i = 0; i < count; i++) yield { width, height, rgb: rgb.map((value) => value + i) };
}

interface Case {
  readonly name: string;
  readonly endless: boolean;
  readonly create: () => Source;
  /** Whether the times are those of arrival. Default false. */
  readonly live?: boolean;
  /** The rate that it reports. Default {@link fps}. */
  readonly reportedFps?: number | null;
}

const sources: Case[] = [
  { name: 'file', endless: false, create: () => createSource(join(folder, 'test.avi')) },
  {
    name: 'file in a loop',
    endless: true,
    create: () => createSource(join(folder, 'test.avi'), { loop: true }),
  },
  { name: 'folder', endless: false, create: () => createSource(join(folder, 'images'), { fps }) },
  {
    name: 'folder in a loop',
    endless: true,
    create: () => createSource(join(folder, 'images'), { fps, loop: true }),
  },
  {
    name: 'image in a loop',
    endless: true,
    create: () => createSource(join(folder, 'images/3.png'), { fps, loop: true }),
  },
  {
    name: 'multipart camera',
    endless: true,
    live: true,
    reportedFps: null,
    create: () => createSource(`${camera.url}/stream`),
  },
  {
    name: 'snapshot camera',
    endless: true,
    live: true,
    create: () => createSource(`${camera.url}/snapshot`, { fps }),
  },
  { name: 'world', endless: true, create: () => createSource('world', { scenario }) },
  {
    name: 'pictures of the program',
    endless: false,
    create: () => pictureSource(() => gradients(frameCount), { fps }),
  },
  {
    name: 'two streams of one camera',
    endless: false,
    create: () =>
      pairedSource(
        pictureSource(() => gradients(frameCount, 0.5), { fps }),
        pictureSource(() => gradients(frameCount), { fps }),
      ),
  },
  {
    name: 'two endless streams of one camera',
    endless: true,
    create: () =>
      pairedSource(
        pictureSource(() => gradients(Infinity, 0.5), { fps, endless: true }),
        pictureSource(() => gradients(Infinity), { fps, endless: true }),
      ),
  },
  {
    name: 'endless pictures of the program',
    endless: true,
    create: () => pictureSource(() => gradients(Infinity), { fps, endless: true }),
  },
];

/** More frames than two passes of an endless source. */
const loopedFrames = frameCount * 2 + 2;

describe.each(sources)('source contract: $name', (source) => {
  const { endless, create, live = false, reportedFps = fps } = source;
  const limit = endless ? { framesMax: loopedFrames } : {};

  it('completes unless it is endless', async () => {
    const result = await capture(create(), limit);
    expect(create().endless).toBe(endless);
    expect(result.outcome).toBe(endless ? 'limit' : 'complete');
    expect(result.frames.length).toBe(endless ? loopedFrames : frameCount);
  });

  it('numbers frames without gaps, at even timestamps or those of arrival', async () => {
    const { frames } = await capture(create(), limit);
    expect(frames.map((frame) => frame.index)).toEqual(frames.map((_, i) => i));
    const times = frames.map(({ timestampMs }) => timestampMs);
    if (live) {
      expect(times.every((time, i) => i === 0 || time > times[i - 1]!)).toBe(true);
      expect(Math.abs(times.at(-1)! - Date.now())).toBeLessThan(5000);
    } else for (const [i, time] of times.entries()) expect(time).toBeCloseTo((i * 1000) / fps, 6);
  });

  it('reports once that it opened, with its size and rate', async () => {
    const { events } = await capture(create(), limit);
    const opened = events.filter((event) => event.type === 'opened');
    expect(opened).toEqual([expect.objectContaining({ ...size, fps: reportedFps })]);
  });

  it.each([
    [64, 64, 64],
    [{ shape: 'own', side: 160 }, 192, 128],
  ] as const)(
    'renders full picture and view %j from one scene',
    async (viewSize, width, height) => {
      await capture(create(), {
        framesMax: 1,
        viewSize,
        onFrame: (frame) => {
          const source = { sourceWidth: 96, sourceHeight: 72, camera: 'test' };
          expect(frame).toMatchObject({ ...size, ...source });
          expect(canvasOf(frame.viewSize)).toMatchObject({ width, height, fit: 'stretch' });
          expect(frame.full).toHaveLength(96 * 72 * 3);
          expect(frame.view).toHaveLength(width * height * 3);
          expect(frame.full.buffer).toBe(frame.view.buffer);
          expect(meanDifference(frame)).toBeLessThan(25);
        },
      });
    },
  );

  it('drops no frame at demand pace, however slow the consumer', async () => {
    let heldMax = 0;
    const held: Frame[] = [];
    const pool = new SharedFramePool(2);
    const indices: number[] = [];
    const events: SourceEvent[] = [];
    const onEvent = (event: SourceEvent) => events.push(event);
    const context = { camera: 'test', pool, viewSize: 32, onEvent };
    const subscription = create()
      .open({ ...context, pace: 'demand' })
      .subscribe((frame) => {
        indices.push(frame.index);
        held.push(frame);
        heldMax = Math.max(heldMax, held.length);
      });
    // A live camera is slow itself.
    const everyMs = live ? 60 : 0;
    let releasedMs = 0;
    await until(() => {
      // Only once no frame of the pool is left, or a source slower than this loop would never wait.
      if (held.length === 2 && performance.now() >= releasedMs + everyMs) {
        held.shift()!.release();
        releasedMs = performance.now();
      }
      return indices.length >= frameCount;
    });
    subscription.unsubscribe();
    for (const frame of held) frame.release();
    expect(indices.slice(0, frameCount)).toEqual(Array.from({ length: frameCount }, (_, i) => i));
    expect(events.filter((event) => event.type === 'dropped')).toEqual([]);
    expect(heldMax).toBe(2);
    await until(() => pool.inUse === 0);
  });

  it('drops and counts frames at live pace while the consumer is stuck, and then continues in time', async () => {
    const stuck: Frame[] = [];
    let dropped = 0;
    const result = await capture(create(), {
      pace: 'live',
      slots: 1,
      release: false,
      framesMax: endless ? 4 : Infinity,
      onFrame: (frame) => {
        if (dropped < 5) stuck.push(frame);
        else frame.release();
      },
      onEvent: (event) => {
        if (event.type === 'dropped' && ++dropped === 5) stuck.pop()?.release();
      },
    });
    expect(droppedBy(result, 'pool-full')).toBeGreaterThanOrEqual(5);
    const last = result.frames.at(-1)!;
    expect(last.index + 1).toBe(result.frames.length + droppedBy(result));
    if (!live) expect(last.timestampMs).toBeCloseTo((last.index * 1000) / fps, 6);
  });

  it('plays in real time at live pace', async () => {
    const startMs = performance.now();
    await capture(create(), { pace: 'live', framesMax: frameCount });
    // The first frame arrives at once, and ffmpeg may run slightly ahead.
    expect(performance.now() - startMs).toBeGreaterThan(((frameCount - 1) * 1000) / fps - 120);
  });

  it('returns every slot when unsubscribed in the middle', async () => {
    const result = await capture(create(), { framesMax: 3 });
    await until(() => result.pool.inUse === 0);
    const delivered = result.frames.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(result.frames.length).toBe(delivered);
    expect(result.pool.inUse).toBe(0);
  });

  it('stops waiting for a slot when unsubscribed', async () => {
    const held: Frame[] = [];
    const result = await capture(create(), {
      slots: 1,
      framesMax: 1,
      release: false,
      onFrame: (frame) => held.push(frame),
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    held[0]!.release();
    await until(() => result.pool.inUse === 0);
    expect(result.frames).toHaveLength(1);
  });

  it('renders the same pictures on every subscription', async () => {
    const pictures = async (): Promise<Uint8Array[]> => {
      const copies: Uint8Array[] = [];
      await capture(create(), {
        framesMax: 5,
        onFrame: (frame) => copies.push(frame.full.slice(), frame.view.slice()),
      });
      return copies;
    };
    expect(await pictures()).toEqual(await pictures());
  });
});
