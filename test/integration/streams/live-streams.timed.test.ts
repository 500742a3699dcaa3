import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findFfmpeg } from '../../../operators/ingest/ffmpeg/ffmpeg-binary.ts';
import {
  createSource,
  type SourceOptions,
} from '../../../operators/ingest/sources/create-source.ts';
import { capture, droppedBy } from '../../operators/ingest/capture.ts';
import { makeNumbered, see, testedFfmpegs, type Seen } from './numbered-video.ts';
import { serveTimedRtsp } from './timed-rtsp.ts';

const system = (await findFfmpeg()).path;
let folder: string;
let h264: Buffer;
const closes: (() => void)[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'live-streams-'));
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency'];
  const shape = ['-pix_fmt', 'yuv420p', '-g', '8', '-x264-params', 'sliced-threads=0:slices=1'];
  const options = { count: 48, fps: 25, output: [...codec, ...shape, '-f', 'h264'] };
  h264 = readFileSync(makeNumbered(system, join(folder, 'camera.h264'), options));
});
afterAll(() => {
  for (const close of closes.splice(0)) close();
  rmSync(folder, { recursive: true });
});

/** Plays a live camera and returns what its frames show and when they came. */
async function play(url: string, framesMax: number, options: SourceOptions = {}) {
  const seen: Seen[] = [];
  const cameMs: number[] = [];
  const result = await capture(createSource(url, { random: () => 0, ...options }), {
    pace: 'live',
    viewSize: 160,
    framesMax,
    slots: 8,
    onFrame: (frame) => {
      cameMs.push(performance.now());
      seen.push(see(frame));
    },
  });
  // The pictures that were sent while ffmpeg opened the stream come together.
  const together = 2;
  const captured = seen.length + droppedBy(result) - together;
  const fps = (captured - 1) / ((cameMs.at(-1)! - cameMs[together]!) / 1000);
  return { seen, fps, result };
}

/** Rates of cameras; those of a few pictures a second take long, and are tried with one ffmpeg. */
const quick = [
  { sent: 120, claimed: 25, wanted: 10, framesMax: 40, within: 0.12 },
  { sent: 10, claimed: 25, wanted: 10, framesMax: 30, within: 0.12 },
];
const slow = [
  { sent: 3, claimed: 25, wanted: 10, framesMax: 15, within: 0.2 },
  { sent: 2, claimed: 5, wanted: 1, framesMax: 8, within: 0.3 },
  { sent: 1, claimed: 1, wanted: undefined, framesMax: 8, within: 0.3 },
];

// The tests of one ffmpeg run at once: they wait for pictures most of the time.
describe.each(testedFfmpegs(system))('live cameras read by %s', (_, ffmpegPath) => {
  beforeAll(() => {
    vi.stubEnv('FFMPEG_PATH', ffmpegPath);
    // Only hardware decoding asks for it: there is none, whatever this machine has.
    vi.stubEnv('LIBVA_DRIVER_NAME', 'none');
  });
  afterAll(() => void vi.unstubAllEnvs());

  it.concurrent.each(ffmpegPath === system ? [...quick, ...slow] : quick)(
    'over RTSP at $sent fps that claim $claimed are thinned to $wanted fps',
    async ({ sent, claimed, wanted, framesMax, within }) => {
      const camera = await serveTimedRtsp({
        stream: h264,
        intervalMs: 1000 / sent,
        claimedFps: claimed,
      });
      closes.push(camera.close);
      const fps = wanted === undefined ? {} : { fps: wanted };
      const { seen, fps: measured, result } = await play(camera.url, framesMax, fps);
      expect(result.outcome).toBe('limit');
      expect(result.events.filter(({ type }) => type === 'lost')).toEqual([]);
      const expected = Math.min(sent, wanted ?? Infinity);
      expect(Math.abs(measured / expected - 1)).toBeLessThan(within);
      for (const { number, viewNumber } of seen) {
        expect(number).not.toBeNull();
        expect(viewNumber).toBe(number);
      }
      // Never a copy.
      const numbers = seen.map(({ number }) => number);
      expect(numbers.every((number, i) => i === 0 || number !== numbers[i - 1])).toBe(true);
    },
    60_000,
  );

  it.concurrent(
    'go on in software, once and for all, where hardware fails',
    async () => {
      const camera = await serveTimedRtsp({ stream: h264, intervalMs: 40, claimedFps: 25 });
      closes.push(camera.close);
      const { result, seen } = await play(camera.url, 5, { hardware: 'vaapi' });
      expect(result.outcome).toBe('limit');
      expect(seen.every(({ number }) => number !== null)).toBe(true);
      expect(result.events.filter(({ type }) => type === 'opened')).toEqual([
        expect.objectContaining({
          type: 'opened',
          detail: expect.stringMatching(
            /software decoding, because vaapi failed.*warning: /,
          ) as string,
        }),
      ]);
    },
    60_000,
  );

  it.runIf(ffmpegPath === system)(
    'of one picture in three seconds are not lost, however short the limit',
    { concurrent: true, timeout: 100_000 },
    async () => {
      const camera = await serveTimedRtsp({ stream: h264, intervalMs: 3000, claimedFps: 0.33 });
      closes.push(camera.close);
      const { result, seen } = await play(camera.url, 4, { stallMs: 1200 });
      expect(result.outcome).toBe('limit');
      expect(result.events.map(({ type }) => type)).toEqual(['opened']);
      expect(seen.map(({ number }) => number)).toEqual([0, 1, 2, 3]);
    },
  );
});
