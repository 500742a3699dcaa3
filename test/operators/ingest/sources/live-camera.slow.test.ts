import { asyncScheduler } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { directInput } from '../../../../operators/ingest/relay/camera-input.ts';
import { fileSource } from '../../../../operators/ingest/sources/file-source.ts';
import {
  liveCamera,
  type LiveCameraOptions,
} from '../../../../operators/ingest/sources/live-camera.ts';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';
import { SourceError, type Source } from '../../../../operators/ingest/source.ts';
import { capture, droppedBy, until } from '../capture.ts';
import { fakeViewSize, installFakeFfmpeg, isAlive, type FakeFfmpeg } from './fake-ffmpeg.ts';

let ffmpeg: FakeFfmpeg;
beforeEach(() => {
  ffmpeg = installFakeFfmpeg();
});
afterEach(() => ffmpeg.remove());

/** A camera with the shortest possible waits between attempts; ffmpeg reads `plan` itself. */
function camera(plan: string, options: LiveCameraOptions = {}): Source {
  const open = () => Promise.resolve(directInput(`http://camera/${plan}`));
  return liveCamera(
    { kind: 'http', label: 'http://camera', open },
    { random: () => 0, ...options },
  );
}

async function allExited(): Promise<void> {
  await until(() => ffmpeg.pids().every((pid) => !isAlive(pid)), 3000);
}

describe('a live camera', { timeout: 20_000 }, () => {
  it('is reopened when its ffmpeg fails, and continues indices and timestamps', async () => {
    let now = 5000;
    const clock = { wallMs: () => now, nowMs: () => (now += 40), scheduler: asyncScheduler };
    const source = camera('frames-2-exit-1', { clock });
    const result = await capture(source, { framesMax: 5, viewSize: fakeViewSize });
    expect(result.frames.map((frame) => frame.index)).toEqual([0, 1, 2, 3, 4]);
    expect(result.frames.map((frame) => frame.first)).toEqual([1, 2, 1, 2, 1]);
    const times = result.frames.map((frame) => frame.timestampMs);
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(5000);
    const lost = result.events.filter((event) => event.type === 'lost');
    expect(lost[0]).toEqual({
      type: 'lost',
      reason: 'something went wrong in the input',
      retryInMs: 250,
      attempt: 1,
    });
    await allExited();
    expect(result.pool.inUse).toBe(0);
  });

  it('is asked what it sends at first, and again only after its video did not open', async () => {
    const plans = ['frames-1', 'frames-1', 'garbage', 'frames-1', 'frames-1'];
    const askedAt: number[] = [];
    let outages = 0;
    const source = liveCamera(
      {
        kind: 'http',
        label: 'http://camera',
        open: () => Promise.resolve(directInput(`http://camera/${plans[outages]!}`)),
        openPictures: () => {
          askedAt.push(outages);
          return Promise.resolve(null);
        },
      },
      { random: () => 0 },
    );
    await capture(source, {
      framesMax: 4,
      viewSize: fakeViewSize,
      onEvent: ({ type }) => {
        if (type === 'lost') outages++;
      },
    });
    expect(outages).toBe(4);
    expect(askedAt).toEqual([0, 3]);
  });

  it.each([
    ['ends', 'frames-1', 'the stream ended'],
    ['is killed', 'frames-1-die', 'ffmpeg was killed by SIGSEGV'],
    ['stalls', 'frames-1-hang', 'no picture for 2 s'],
  ])('is reopened when its ffmpeg %s', async (_, plan, reason) => {
    // On a busy machine, the fake ffmpeg takes more than a second to start.
    const result = await capture(camera(plan, { openMs: 2000, stallMs: 2000 }), {
      framesMax: 2,
      viewSize: fakeViewSize,
    });
    expect(result.outcome).toBe('limit');
    expect(result.events).toContainEqual({ type: 'lost', reason, retryInMs: 250, attempt: 1 });
    await allExited();
  });

  it('counts an incomplete picture as captured and corrupt', async () => {
    const result = await capture(camera('frames-1-half'), { framesMax: 2, viewSize: fakeViewSize });
    expect(result.frames.map((frame) => frame.index)).toEqual([0, 2]);
    expect(droppedBy(result, 'corrupt')).toBe(1);
  });

  it('does not count as stalled while a consumer holds all slots', async () => {
    const releases: (() => void)[] = [];
    const result = await capture(camera('frames-3-hang', { openMs: 1500, stallMs: 1500 }), {
      framesMax: 3,
      slots: 1,
      viewSize: fakeViewSize,
      release: false,
      onFrame: (frame) => {
        releases.push(() => frame.release());
        setTimeout(() => releases.shift()?.(), 1700);
      },
    });
    expect(result.events.filter((event) => event.type === 'lost')).toEqual([]);
  });

  it.each([
    ['it cannot be reached', 'garbage', 'Invalid data found'],
    ['it sends no picture', 'frames-0-exit-1', 'something went wrong in the input'],
    ['it does not answer', 'probe-hang', 'no answer within 0.2 s'],
  ])('errors at the start in one line, where that is asked for, when %s', async (_, plan, why) => {
    const options = { firstOpenMustSucceed: true, ...(plan === 'probe-hang' && { openMs: 200 }) };
    const result = await capture(camera(plan, options), { framesMax: 1, viewSize: fakeViewSize });
    expect(result.outcome).toBeInstanceOf(SourceError);
    expect(result.outcome).toMatchObject({
      code: 'unreachable',
      message: `cannot open http://camera: ${why}`,
    });
    await allExited();
  });

  it('is tried without limit, at growing intervals, when it cannot be reached at the start', async () => {
    const waits: number[] = [];
    const subscription = camera('garbage')
      .open({
        camera: 'test',
        viewSize: 32,
        pace: 'live',
        pool: new SharedFramePool(1),
        onEvent: (event) => event.type === 'lost' && waits.push(event.retryInMs),
      })
      .subscribe();
    await until(() => waits.length === 3);
    subscription.unsubscribe();
    expect(waits).toEqual([250, 500, 1000]);
    await allExited();
  });

  it('leaves no process behind, even one that ignores SIGTERM', async () => {
    const result = await capture(camera('frames-1-hang-deaf'), {
      framesMax: 1,
      viewSize: fakeViewSize,
    });
    expect(result.outcome).toBe('limit');
    const unsubscribedMs = performance.now();
    await until(() => ffmpeg.pids().every((pid) => !isAlive(pid)), 1500);
    // SIGTERM comes first; SIGKILL only after a grace period.
    expect(performance.now() - unsubscribedMs).toBeGreaterThan(300);
  });

  it('warns once, and before it opens anything, of an ffmpeg with known security holes', async () => {
    vi.stubEnv('FAKE_FFMPEG_YEAR', '2018');
    const result = await capture(camera('frames-1-exit-1'), {
      framesMax: 2,
      viewSize: fakeViewSize,
    });
    expect(result.events[0]).toEqual({
      type: 'notice',
      text:
        'http://camera: ffmpeg 6.1.1-fake is of 2018 and has known security holes: ' +
        'install a newer one for streams from a network',
    });
    expect(result.events.filter(({ type }) => type === 'notice')).toHaveLength(1);
    expect(result.events.filter(({ type }) => type === 'lost').length).toBeGreaterThan(0);
    await allExited();
  });

  it('errors without a retry when there is no ffmpeg', async () => {
    process.env['FFMPEG_PATH'] = '/nowhere/ffmpeg';
    const result = await capture(camera('frames-1'), {
      framesMax: 1,
    });
    expect(result.outcome).toMatchObject({ code: 'no-ffmpeg' });
    expect((result.outcome as Error).message).toMatch(
      /^\/nowhere\/ffmpeg \(from FFMPEG_PATH\) does not run as ffmpeg/,
    );
  });
});

describe('a recording', { timeout: 20_000 }, () => {
  const play = (plan: string, loop: boolean, framesMax = Infinity) =>
    capture(fileSource(`/videos/${plan}`, { loop, random: () => 0 }), {
      framesMax,
      viewSize: fakeViewSize,
    });

  it('that is played in a loop begins again when its ffmpeg is killed, and continues indices', async () => {
    const result = await play('frames-2-die', true, 5);
    expect(result.outcome).toBe('limit');
    expect(result.frames.map((frame) => frame.index)).toEqual([0, 1, 2, 3, 4]);
    expect(result.frames.map((frame) => frame.first)).toEqual([1, 2, 1, 2, 1]);
    expect(result.events.filter((event) => event.type === 'lost')[0]).toMatchObject({
      reason: '/videos/frames-2-die broke off after 2 frames: ffmpeg was killed by SIGSEGV',
      attempt: 1,
    });
    await allExited();
  });

  it('that is played once errors with the reason when its ffmpeg is killed', async () => {
    const result = await play('frames-2-die', false);
    expect(result.outcome).toMatchObject({
      code: 'bad-source',
      message: '/videos/frames-2-die broke off after 2 frames: ffmpeg was killed by SIGSEGV',
    });
  });

  it('that cannot be read at the start is an error, in a loop as well', async () => {
    const result = await play('garbage', true);
    expect(result.outcome).toMatchObject({ code: 'not-a-video' });
  });
});
