import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpSource } from '../../../../operators/ingest/sources/http-source.ts';
import type { LiveCameraOptions } from '../../../../operators/ingest/sources/live-camera.ts';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';
import { SourceError, type Source } from '../../../../operators/ingest/source.ts';
import { capture, droppedBy, until } from '../capture.ts';
import { installStandIn, isAlive, standInViewSize, type StandIn } from '../stand-in-ffmpeg.ts';

let standIn: StandIn;
beforeEach(() => {
  standIn = installStandIn();
});
afterEach(() => standIn.remove());

/** Waits between attempts are half of the shortest there is. */
function camera(plan: string, options: LiveCameraOptions = {}): Source {
  return httpSource(`http://camera/${plan}`, { random: () => 0, ...options });
}

async function allGone(): Promise<void> {
  await until(() => standIn.pids().every((pid) => !isAlive(pid)), 3000);
}

describe('a live camera', { timeout: 20_000 }, () => {
  it('is opened again when its ffmpeg fails, and index and time go on', async () => {
    let now = 5000;
    const source = camera('frames-2-exit-1', { now: () => (now += 40) });
    const result = await capture(source, { enough: 5, viewSize: standInViewSize });
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
    await allGone();
    expect(result.pool.inUse).toBe(0);
  });

  it.each([
    ['ends', 'frames-1', 'the stream ended'],
    ['is killed', 'frames-1-die', 'ffmpeg was killed by SIGSEGV'],
    ['stalls', 'frames-1-hang', 'no picture for 0.4 s'],
  ])('is opened again when its ffmpeg %s', async (_, plan, reason) => {
    const result = await capture(camera(plan, { stallMs: 400 }), {
      enough: 2,
      viewSize: standInViewSize,
    });
    expect(result.outcome).toBe('enough');
    expect(result.events).toContainEqual({ type: 'lost', reason, retryInMs: 250, attempt: 1 });
    await allGone();
  });

  it('counts a picture that broke off as captured and corrupt', async () => {
    const result = await capture(camera('frames-1-half'), { enough: 2, viewSize: standInViewSize });
    expect(result.frames.map((frame) => frame.index)).toEqual([0, 2]);
    expect(droppedBy(result, 'corrupt')).toBe(1);
  });

  it('is not taken for stalled while all slots are held by a consumer', async () => {
    const held: (() => void)[] = [];
    const result = await capture(camera('frames-3-hang', { stallMs: 500 }), {
      enough: 3,
      slots: 1,
      viewSize: standInViewSize,
      release: false,
      look: (frame) => {
        held.push(() => frame.release());
        setTimeout(() => held.shift()?.(), 700);
      },
    });
    expect(result.events.filter((event) => event.type === 'lost')).toEqual([]);
  });

  it('that cannot be reached at the start is an error of one line', async () => {
    const result = await capture(httpSource('http://me:secret@camera/garbage'), { enough: 1 });
    expect(result.outcome).toBeInstanceOf(SourceError);
    expect(result.outcome).toMatchObject({
      code: 'unreachable',
      message: 'cannot open http://me:***@camera/garbage: Invalid data found',
    });
  });

  it('that answers but gives no picture at the start is an error, too', async () => {
    const result = await capture(camera('frames-0-exit-1'), {
      enough: 1,
      viewSize: standInViewSize,
    });
    expect(result.outcome).toBeInstanceOf(SourceError);
    expect(result.outcome).toMatchObject({
      code: 'unreachable',
      message: 'cannot open http://camera/frames-0-exit-1: something went wrong in the input',
    });
  });

  it('that does not answer at the start is an error in time', async () => {
    const result = await capture(camera('probe-hang', { stallMs: 200 }), { enough: 1 });
    expect(result.outcome).toMatchObject({
      code: 'unreachable',
      message: 'cannot open http://camera/probe-hang: no answer within 0.2 s',
    });
    await allGone();
  });

  it('is tried on and on where the first attempt may fail', async () => {
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
    await allGone();
  });

  it('leaves no process behind, not even one that ignores being asked to end', async () => {
    const result = await capture(camera('frames-1-hang-deaf'), {
      enough: 1,
      viewSize: standInViewSize,
    });
    expect(result.outcome).toBe('enough');
    const leftMs = performance.now();
    await until(() => standIn.pids().every((pid) => !isAlive(pid)), 1500);
    // It was asked first: only then is it killed.
    expect(performance.now() - leftMs).toBeGreaterThan(300);
  });

  it('without an ffmpeg is an error that is not tried again', async () => {
    process.env['FFMPEG_PATH'] = '/nowhere/ffmpeg';
    const result = await capture(camera('frames-1', { firstOpenMustSucceed: false }), {
      enough: 1,
    });
    expect(result.outcome).toMatchObject({ code: 'no-ffmpeg' });
    expect((result.outcome as Error).message).toMatch(
      /^\/nowhere\/ffmpeg \(from FFMPEG_PATH\) does not run as ffmpeg/,
    );
  });
});
