import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSource } from '../../operators/ingest/sources/create-source.ts';
import { findFfmpeg } from '../../operators/ingest/ffmpeg/ffmpeg-binary.ts';
import { networkAddress } from '../../operators/ingest/relay/network-address.ts';
import { openRtspRelay } from '../../operators/ingest/relay/rtsp-relay.ts';
import { capture } from '../operators/ingest/capture.ts';
import {
  encodePictures,
  greySteps,
  pictureOfGrey,
  serveClockCamera,
  type ClockCameraOptions,
} from './clock-camera.ts';

const intervalMs = 40;
const usual = { intervalMs, delayMs: 150, firstTimestamp: 1_000_000_000, reportEvery: 20 };
let ffmpeg: string;
let plain: ClockCameraOptions['accessUnits'];

beforeAll(async () => {
  ({ path: ffmpeg } = await findFfmpeg());
  plain = encodePictures(ffmpeg, 120);
});

/** A picture that ffmpeg gave, and what is known of its time by then. */
interface Given {
  readonly grey: number;
  readonly captureMs: number | null;
}

/** Plays a camera through the relay and asks for the time of each picture that ffmpeg gives. */
async function play(options: Partial<ClockCameraOptions>, count = 90) {
  const camera = await serveClockCamera({ ...usual, accessUnits: plain, ...options });
  const notices: string[] = [];
  const relay = await openRtspRelay(networkAddress(camera.url), 5000, (text) => notices.push(text));
  const given: Given[] = [];
  const filter = ['-vf', 'scale=1:1,showinfo', '-vsync', '0'];
  const output = ['-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'];
  const input = [...relay.inputOptions, '-i', relay.input];
  const child = spawn(ffmpeg, ['-hide_banner', '-nostdin', ...input, ...filter, ...output]);
  let text = '';
  const times: number[] = [];
  child.stderr.on('data', (data: Buffer) => {
    text += data.toString();
    const lines = text.split('\n');
    text = lines.pop()!;
    for (const line of lines) {
      const pts = /showinfo.* pts: *(-?\d+)/.exec(line)?.[1];
      if (pts !== undefined) times.push(Number(pts) / 90);
    }
  });
  const greys: number[] = [];
  child.stdout.on('data', (data: Buffer) => greys.push(...data));
  const asking = setInterval(() => {
    while (given.length < Math.min(times.length, greys.length)) {
      const i = given.length;
      given.push({ grey: greys[i]!, captureMs: relay.captureMsOf(times[i]!) });
    }
    if (given.length >= count) child.kill();
  }, 5);
  await once(child, 'close');
  clearInterval(asking);
  relay.close();
  camera.close();
  return { given, notices, takenMs: camera.takenMs };
}

type Played = Awaited<ReturnType<typeof play>>;

/** How far each reported time is from the truth, which the brightness tells up to whole rounds. */
function errorsOf({ given, takenMs }: Pick<Played, 'given' | 'takenMs'>): number[] {
  return given.flatMap(({ grey, captureMs }) => {
    if (captureMs === null) return [];
    const guess = Math.round((captureMs - takenMs(0)) / intervalMs);
    const rounds = Math.round((guess - pictureOfGrey(grey)) / greySteps);
    return [Math.abs(captureMs - takenMs(pictureOfGrey(grey) + rounds * greySteps))];
  });
}

// At once: they wait for pictures most of the time.
describe.concurrent('the time of capture of an RTSP camera', () => {
  it.each([
    ['from its sender reports', {}],
    ['as its timestamps wrap', { firstTimestamp: 2 ** 32 - 100_000 }],
    ['where they begin at 0', { firstTimestamp: 0 }],
    ['where a client joins between key frames', { joinAt: 4 }],
  ])(
    'is known to a millisecond %s',
    async (_, options) => {
      const played = await play(options);
      const errors = errorsOf(played);
      expect(errors.length).toBeGreaterThan(played.given.length - 15);
      expect(Math.max(...errors)).toBeLessThan(1);
      expect(played.notices).toEqual([]);
    },
    60_000,
  );

  it('is known with B-frames, whose order of coding is another', async () => {
    const accessUnits = encodePictures(ffmpeg, 120, 2);
    expect(accessUnits.some(({ picture }, i) => picture !== i)).toBe(true);
    const errors = errorsOf(await play({ accessUnits }));
    expect(errors.length).toBeGreaterThan(60);
    expect(Math.max(...errors)).toBeLessThan(1);
  }, 30_000);

  it.each([
    ['ahead of', 60_000],
    ['behind', -60_000],
  ])(
    'is not taken from a clock that is %s ours, and that is said once',
    async (direction, off) => {
      const { given, notices } = await play({ clockOffMs: off });
      expect(given.every(({ captureMs }) => captureMs === null)).toBe(true);
      expect(notices).toHaveLength(1);
      expect(notices[0]).toContain(`its clock is 60 s ${direction} this machine's`);
    },
    60_000,
  );

  it.each([
    ['', {}, 200],
    [', thinned', { fps: 10 }, 80],
  ])(
    'is the time of its frames%s',
    async (_, options, framesMax) => {
      const accessUnits = encodePictures(ffmpeg, 400);
      const camera = await serveClockCamera({ ...usual, accessUnits });
      const source = createSource(camera.url, options);
      const given: (Given & { readonly basis: string })[] = [];
      await capture(source, {
        pace: 'live',
        framesMax,
        onFrame: ({ full, timestampMs: captureMs, timeBasis: basis }) =>
          given.push({ grey: full[0]!, captureMs, basis }),
      });
      camera.close();
      const captured = given.filter(({ basis }) => basis === 'capture');
      expect(captured.length).toBeGreaterThan(30);
      expect(given.slice(-30).every(({ basis }) => basis === 'capture')).toBe(true);
      expect(Math.max(...errorsOf({ given: captured, takenMs: camera.takenMs }))).toBeLessThan(1);
    },
    60_000,
  );
});
