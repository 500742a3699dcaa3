import { asyncScheduler } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpSource } from '../../../../operators/ingest/sources/http-source.ts';
import type { LiveCameraOptions } from '../../../../operators/ingest/sources/live-camera.ts';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';
import { SourceError, type Source } from '../../../../operators/ingest/source.ts';
import { capture, droppedBy, until } from '../capture.ts';
import { fakeViewSize, installFakeFfmpeg, isAlive, type FakeFfmpeg } from './fake-ffmpeg.ts';

let ffmpeg: FakeFfmpeg;
beforeEach(() => {
  ffmpeg = installFakeFfmpeg();
});
afterEach(() => ffmpeg.remove());

/** A camera with the shortest possible waits between attempts. */
function camera(plan: string, options: LiveCameraOptions = {}): Source {
  return httpSource(`http://camera/${plan}`, { random: () => 0, ...options });
}

async function allExited(): Promise<void> {
  await until(() => ffmpeg.pids().every((pid) => !isAlive(pid)), 3000);
}

describe('a live camera', { timeout: 20_000 }, () => {
  it('is reopened when its ffmpeg fails, and continues indices and timestamps', async () => {
    let now = 5000;
    const clock = { wallMs: () => (now += 40), scheduler: asyncScheduler };
    const source = camera('frames-2-exit-1', { clock });
    const result = await capture(source, { framesMax: 5, viewSize: fakeViewSize });
    expect(result.frames.map((frame) => frame.index)).toEqual([0, 1, 2, 3, 4]);
    expect(result.frames.map((frame) => frame.first)).toEqual([1, 2, 1, 2, 1]);
    expect(result.frames.map((frame) => frame.timestampMs)).toEqual([5040, 5080, 5120, 5160, 5200]);
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

  it.each([
    ['ends', 'frames-1', 'the stream ended'],
    ['is killed', 'frames-1-die', 'ffmpeg was killed by SIGSEGV'],
    ['stalls', 'frames-1-hang', 'no picture for 2 s'],
  ])('is reopened when its ffmpeg %s', async (_, plan, reason) => {
    // On a busy machine, the fake ffmpeg takes more than a second to start.
    const result = await capture(camera(plan, { stallMs: 2000 }), {
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
    const result = await capture(camera('frames-3-hang', { stallMs: 1500 }), {
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

  it('errors in one line when it cannot be reached at the start', async () => {
    const result = await capture(httpSource('http://me:secret@camera/garbage'), { framesMax: 1 });
    expect(result.outcome).toBeInstanceOf(SourceError);
    expect(result.outcome).toMatchObject({
      code: 'unreachable',
      message: 'cannot open http://me:***@camera/garbage: Invalid data found',
    });
  });

  it('errors when it answers at the start, but sends no picture', async () => {
    const result = await capture(camera('frames-0-exit-1'), {
      framesMax: 1,
      viewSize: fakeViewSize,
    });
    expect(result.outcome).toBeInstanceOf(SourceError);
    expect(result.outcome).toMatchObject({
      code: 'unreachable',
      message: 'cannot open http://camera/frames-0-exit-1: something went wrong in the input',
    });
  });

  it('errors after its timeout when it does not answer at the start', async () => {
    const result = await capture(camera('probe-hang', { stallMs: 200 }), { framesMax: 1 });
    expect(result.outcome).toMatchObject({
      code: 'unreachable',
      message: 'cannot open http://camera/probe-hang: no answer within 0.2 s',
    });
    await allExited();
  });

  it('is retried without limit when the first attempt may fail', async () => {
    const waits: number[] = [];
    const source = camera('garbage', { firstOpenMustSucceed: false });
    const subscription = source
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

  it('errors without a retry when there is no ffmpeg', async () => {
    process.env['FFMPEG_PATH'] = '/nowhere/ffmpeg';
    const result = await capture(camera('frames-1', { firstOpenMustSucceed: false }), {
      framesMax: 1,
    });
    expect(result.outcome).toMatchObject({ code: 'no-ffmpeg' });
    expect((result.outcome as Error).message).toMatch(
      /^\/nowhere\/ffmpeg \(from FFMPEG_PATH\) does not run as ffmpeg/,
    );
  });
});
