import { BehaviorSubject } from 'rxjs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';
import type { ViewSize } from '../../../../operators/ingest/frames/view-size.ts';
import { directInput } from '../../../../operators/ingest/relay/camera-input.ts';
import { liveCamera } from '../../../../operators/ingest/sources/live-camera.ts';
import type { SourceEvent } from '../../../../operators/ingest/source.ts';
import { until } from '../capture.ts';
import { fakeViewSize, installFakeFfmpeg, isAlive, type FakeFfmpeg } from './fake-ffmpeg.ts';

let ffmpeg: FakeFfmpeg;
beforeEach(() => {
  ffmpeg = installFakeFfmpeg();
});
afterEach(() => ffmpeg.remove());

it('a live camera is opened anew for a new size of its views, and goes on', async () => {
  const open = () => Promise.resolve(directInput('http://camera/frames-2-hang'));
  const camera = liveCamera({ kind: 'http', label: 'http://camera', open });
  const viewSizes$ = new BehaviorSubject<ViewSize>(fakeViewSize);
  const pool = new SharedFramePool(4);
  const seen: { index: number; timestampMs: number; bytes: number }[] = [];
  const events: SourceEvent[] = [];
  const subscription = camera
    .open({
      camera: 'yard',
      pool,
      viewSize: fakeViewSize,
      viewSizes$,
      pace: 'live',
      onEvent: (event) => events.push(event),
    })
    .subscribe((frame) => {
      seen.push({
        index: frame.index,
        timestampMs: frame.timestampMs,
        bytes: frame.view.length,
      });
      frame.release();
    });
  try {
    await until(() => seen.length === 2, 10_000);
    const [first] = ffmpeg.pids();
    // The same size once more is no reason to open it anew.
    viewSizes$.next(fakeViewSize);
    viewSizes$.next({
      width: fakeViewSize,
      height: fakeViewSize,
      fit: 'letterbox',
      anchor: 'centre',
      ground: 114,
    });
    await until(() => seen.length === 4, 10_000);
    expect(seen.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    const times = seen.map(({ timestampMs }) => timestampMs);
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    expect(events.filter(({ type }) => type === 'opened')).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'lost')).toEqual([]);
    await until(() => !isAlive(first!), 3000);
  } finally {
    subscription.unsubscribe();
  }
  await until(() => ffmpeg.pids().every((pid) => !isAlive(pid)), 3000);
  expect(pool.inUse).toBe(0);
}, 30_000);
