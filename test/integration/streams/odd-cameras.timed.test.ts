import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Detector } from '../../../operators/detect/detector.ts';
import { createSource } from '../../../operators/ingest/sources/create-source.ts';
import { makeScene, sceneHeight, sceneWidth } from './coded-scene.ts';
import { liveKinds, type LiveKind, type LiveMaking } from './live-kinds.ts';
import type { Sent } from './live-servers.ts';
import { ReferenceScene } from './reference-scene.ts';
import { watchFrames, type WatchedFrame } from './watched-frames.ts';

interface Watched {
  readonly frames: readonly WatchedFrame[];
  readonly sent: readonly Sent[];
}

/** Pictures that are sent while a stream is opened come together, within this time. */
const openingMs = 1000;
/** Cameras that are watched at the same time: few enough that times mean something. */
const together = 6;
let folder: string;
let reference: ReferenceScene;
let detector: Detector;
const watched = new Map<string, Watched | Error>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'odd-cameras-'));
  const making = await makeScene(folder);
  for (let at = 0; at < liveKinds.length; at += together) {
    await Promise.all(
      liveKinds.slice(at, at + together).map(async (kind) => {
        watched.set(
          kind.name,
          await watchKind(kind, making).catch((error: unknown) => error as Error),
        );
      }),
    );
  }
  detector = await Detector.start({ viewSize: 320 });
  reference = await ReferenceScene.watch(createSource(making.plain), detector);
}, 240_000);
afterAll(async () => {
  await detector.close();
  rmSync(folder, { recursive: true });
});

async function watchKind(kind: LiveKind, making: LiveMaking): Promise<Watched> {
  const server = await kind.serve(making);
  try {
    const options = kind.fps === undefined ? {} : { fps: kind.fps };
    const source = createSource(server.url, options);
    const frames = await watchFrames(source, { pace: 'live', forMs: kind.forMs ?? 3500 });
    return { frames, sent: server.sent };
  } finally {
    server.close();
  }
}

describe('a camera', () => {
  it.each(liveKinds)('shows what the plain file shows: $name', async (kind) => {
    const result = watched.get(kind.name)!;
    if (result instanceof Error) throw result;
    const { frames, sent } = result;
    expect(frames.length).toBeGreaterThan(2);

    const seen = frames.map(({ code }) => code);
    expect(seen).not.toContain(null);
    const { fps = Infinity, sentFps } = kind;
    // No picture twice in a row: nothing is invented. The scene begins anew after its last picture,
    // and opening a stream may take just as long.
    const sceneMs = (1000 * new Set(sent.map(({ code }) => code)).size) / sentFps;
    const twice = frames.filter(({ code, timestampMs }, i) => {
      const before = frames[i - 1];
      return before?.code === code && timestampMs - before.timestampMs < sceneMs / 2;
    });
    expect(twice.map(({ code }) => code)).toEqual([]);

    // As many as were sent, thinned to what is wanted.
    // What came while the stream was opened is delivered at once.
    const [opening] = frames;
    const settled = frames.filter(
      ({ deliveredMs }) => deliveredMs >= opening!.deliveredMs + openingMs,
    );
    expect(settled.length).toBeGreaterThan(1);
    const [from, to] = [settled[0]!.deliveredMs, settled.at(-1)!.deliveredMs];
    const sentMeanwhile = sent.filter(({ atMs }) => atMs >= from && atMs <= to).length + 1;
    const expected = Math.min((fps * (to - from)) / 1000 + 1, sentMeanwhile);
    expect(Math.abs(settled.length - expected)).toBeLessThanOrEqual(0.1 * expected + 2);

    // Within one frame of the time at which the picture was sent, or as many as ffmpeg holds.
    const frameMs = (kind.lateFrames ?? 1) * (1000 / Math.min(sentFps, 10));
    const offBy = settled.map(({ code, timestampMs }) => {
      const times = sent.filter((each) => each.code === code).map(({ atMs }) => atMs);
      return Math.min(...times.map((atMs) => Math.abs(timestampMs - atMs)));
    });
    offBy.sort((a, b) => a - b);
    expect(offBy[Math.floor(offBy.length / 2)]).toBeLessThanOrEqual(frameMs);
    for (const { timeBasis } of frames) expect(timeBasis).toBe('arrival');

    const sizes = kind.sizes ?? [`${sceneWidth},${sceneHeight}`];
    for (const { sourceWidth, sourceHeight } of frames)
      expect(sizes).toContain(`${sourceWidth},${sourceHeight}`);
    expect(await reference.matched(frames)).toBeGreaterThanOrEqual(0.95);
  });
});
