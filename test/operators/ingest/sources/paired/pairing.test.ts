import { NEVER, type Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedFramePool } from '../../../../../operators/ingest/frames/shared-frame-pool.ts';
import { pairedSource } from '../../../../../operators/ingest/sources/paired/paired-source.ts';
import { mainFramesMax } from '../../../../../operators/ingest/sources/paired/main-frames.ts';
import {
  SourceError,
  type Pace,
  type Source,
  type SourceEvent,
} from '../../../../../operators/ingest/source.ts';
import { ScriptedStream } from './scripted-stream.ts';

const [main, small] = [() => new ScriptedStream(64, 48), () => new ScriptedStream(16, 12)];

function watch(detect: ScriptedStream, mainStream: ScriptedStream, pace: Pace = 'live', slots = 3) {
  const pool = new SharedFramePool(slots);
  const events: SourceEvent[] = [];
  const frames: {
    at: number;
    index: number;
    width: number;
    source: string;
    full: number;
    view: number;
  }[] = [];
  const seen: { outcome: unknown; hold: boolean } = { outcome: null, hold: false };
  const context = {
    camera: 'yard',
    pool,
    viewSize: 8,
    pace,
    onEvent: (e: SourceEvent) => events.push(e),
  };
  const source = pairedSource(detect.source, mainStream.source, { toleranceMs: 50 });
  const subscription: Subscription = source.open(context).subscribe({
    next: (frame) => {
      frames.push({
        at: frame.timestampMs,
        index: frame.index,
        width: frame.width,
        source: `${frame.sourceWidth}×${frame.sourceHeight}`,
        full: frame.full[0]!,
        view: frame.view[0]!,
      });
      if (!seen.hold) frame.release();
    },
    error: (error: unknown) => (seen.outcome = error),
    complete: () => (seen.outcome = 'complete'),
  });
  return { frames, events, pool, seen, subscription };
}

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

describe('two streams of one camera', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('give frames of the view of one and the picture of the other that is nearest in time', async () => {
    const [detect, full] = [small(), main()];
    const { frames } = watch(detect, full);
    full.send(1000, 100);
    full.send(1040, 104);
    detect.send(1015, 1);
    detect.send(1030, 2);
    full.send(1080, 108);
    detect.send(1062, 3);
    await settle();
    expect(frames).toEqual([
      { at: 1015, index: 0, width: 64, source: '64×48', full: 100, view: 1 },
      { at: 1030, index: 1, width: 64, source: '64×48', full: 104, view: 2 },
      { at: 1062, index: 2, width: 64, source: '64×48', full: 108, view: 3 },
    ]);
  });

  it('wait for a main picture that comes later, up to the tolerance', async () => {
    const [detect, full] = [small(), main()];
    const { frames } = watch(detect, full);
    full.send(1000, 100);
    detect.send(1038, 1);
    await settle(30);
    expect(frames).toEqual([]);
    full.send(1040, 104);
    await settle();
    expect(frames.map(({ full }) => full)).toEqual([104]);
    detect.send(1078, 2);
    await settle(49);
    expect(frames).toHaveLength(1);
    await settle(1);
    expect(frames.map(({ full }) => full)).toEqual([104, 104]);
  });

  it('take the small picture, in pixels of the main one, where none is near enough', async () => {
    const [detect, full] = [small(), main()];
    const { frames } = watch(detect, full);
    full.send(1000, 100);
    full.send(1040, 104);
    await settle();
    detect.send(1131, 1);
    await settle(50);
    detect.send(1129, 2);
    await settle(50);
    expect(frames).toEqual([
      { at: 1131, index: 0, width: 16, source: '64×48', full: 1, view: 1 },
      { at: 1129, index: 1, width: 64, source: '64×48', full: 104, view: 2 },
    ]);
  });

  it('compare when pictures came where both have times of arrival', async () => {
    const [detect, full] = [small(), main()];
    const { frames } = watch(detect, full);
    full.send(5_000_000, 100, 'arrival');
    // The clock was set between the first pictures of the two.
    detect.send(5_700_000, 1, 'arrival');
    await settle(50);
    expect(frames).toMatchObject([{ at: 5_700_000, full: 100 }]);
  });

  it('say so once where pictures never come together', async () => {
    const [detect, full] = [small(), main()];
    const { events } = watch(detect, full);
    for (let i = 0; i < 120; i++) {
      full.send(9_000_000 + 100 * i, 100);
      detect.send(1000 + 100 * i, 1);
      await settle(1);
    }
    const notices = events.filter(({ type }) => type === 'notice');
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({
      text: expect.stringContaining('near them in time') as string,
    });
  });

  it('compare the times of arrival where only one tells that of capture', async () => {
    const [detect, full] = [small(), main()];
    const { frames } = watch(detect, full);
    full.send(5_000_000, 100, 'arrival');
    detect.send(4_990_000, 1, 'capture');
    await settle(50);
    expect(frames).toMatchObject([{ at: 4_990_000, full: 100 }]);
  });

  it('go on with small pictures while the main stream is lost, and say so once', async () => {
    const [detect, full] = [small(), main()];
    const { frames, events } = watch(detect, full);
    full.send(1000, 100);
    detect.send(1000, 1);
    await settle();
    full.lose();
    full.lose();
    detect.send(1040, 2);
    await settle();
    full.send(1080, 108);
    detect.send(1080, 3);
    await settle(10_000);
    full.send(11_080);
    expect(frames.map(({ full, source }) => [full, source])).toEqual([
      [100, '64×48'],
      [2, '64×48'],
      [108, '64×48'],
    ]);
    expect(events).toEqual([
      {
        type: 'notice',
        text: 'the main stream is lost (no picture), and crops and thumbnails are of the other',
      },
      { type: 'notice', text: 'the main stream delivers pictures again' },
    ]);
  });

  it('are said once to be without the main stream while that is lost again and again', async () => {
    const [detect, full] = [small(), main()];
    const { events } = watch(detect, full);
    for (let attempt = 0; attempt < 20; attempt++) {
      full.send(0);
      await settle(9000);
      full.send(9000);
      full.lose();
    }
    expect(events).toHaveLength(1);
  });

  it('begin without the main stream where that cannot be opened, in pixels of the small one', async () => {
    const [detect, full] = [small(), main()];
    const { frames } = watch(detect, full);
    expect(detect.context).toBeNull();
    full.lose();
    detect.send(1000, 1);
    await settle();
    expect(frames).toMatchObject([{ full: 1, source: '16×12' }]);
  });

  it('begin without the main stream where that says nothing for five seconds', async () => {
    const [detect, full] = [small(), main()];
    watch(detect, full);
    await settle(4999);
    expect(detect.context).toBeNull();
    await settle(1);
    expect(detect.context).not.toBeNull();
  });

  it('are lost, opened and ended as the stream for detection is', async () => {
    const [detect, full] = [small(), main()];
    const { events, seen } = watch(detect, full);
    full.open();
    full.send(1000);
    detect.open();
    detect.lose();
    full.event({ type: 'dropped', reason: 'pool-full', count: 1 });
    expect(events).toEqual([
      {
        type: 'opened',
        detail: '16 wide for detection, pictures of 64 wide',
        ...{ width: 64, height: 48, fps: 25 },
      },
      { type: 'lost', reason: 'no picture', retryInMs: 500, attempt: 1 },
    ]);
    detect.end();
    await settle();
    expect(seen.outcome).toBe('complete');
    expect(full.context).toBeNull();
  });

  it('fail as the main stream does before its first picture, and not after', async () => {
    const error = new SourceError('not-a-video', 'x', 'x is no video');
    const [detect, full] = [small(), main()];
    const early = watch(detect, full);
    full.end(error);
    expect(early.seen.outcome).toBe(error);
    const late = watch(detect, full);
    full.send(1000);
    full.end(error);
    detect.send(1100, 2);
    await settle();
    expect(late.seen.outcome).toBeNull();
    expect(late.frames).toMatchObject([{ full: 2 }]);
  });

  it('use the last main pictures after the main stream has ended', async () => {
    const [detect, full] = [small(), main()];
    const { frames } = watch(detect, full);
    full.send(1000, 100);
    full.send(1040, 104);
    full.end();
    for (const at of [1000, 1040, 1080, 1200]) detect.send(at, 1);
    await settle();
    expect(frames.map((frame) => frame.full)).toEqual([100, 104, 104, 1]);
  });

  it('say where their proportions differ', async () => {
    const [detect, full] = [new ScriptedStream(64, 48), new ScriptedStream(1920, 1080)];
    const { events, frames } = watch(detect, full);
    for (const at of [1000, 1040]) {
      full.send(at);
      detect.send(at);
      await settle();
    }
    expect(frames).toHaveLength(2);
    expect(events).toEqual([
      { type: 'notice', text: expect.stringContaining('64 × 48') as string },
    ]);
  });

  it('hold a bounded number of frames, count each drop once, and give every frame back', async () => {
    const [detect, full] = [small(), main()];
    const { events, pool, subscription, seen } = watch(detect, full, 'live', 2);
    for (let i = 0; i < 20; i++) full.send(1000 + 40 * i);
    expect(full.dropped).toBe(0);
    expect(full.context!.pool.inUse).toBe(mainFramesMax);
    seen.hold = true;
    for (let i = 0; i < 10; i++) {
      detect.send(1900 + 40 * i);
      await settle(60);
    }
    const drops = events.filter(({ type }) => type === 'dropped').length;
    expect(drops + pool.inUse).toBe(detect.index);
    expect(pool.inUse).toBe(2);
    const [inner, outer] = [detect.context!.pool, full.context!.pool];
    subscription.unsubscribe();
    expect(inner.inUse).toBe(0);
    expect(outer.inUse).toBe(0);
  });

  it('close both streams when unsubscribed, also while one is opening', () => {
    const [detect, full] = [small(), main()];
    const { subscription } = watch(detect, full);
    subscription.unsubscribe();
    expect(full.context).toBeNull();
    const silent: Source = { kind: 'rtsp', endless: true, open: () => NEVER };
    const context = { camera: 'x', pool: new SharedFramePool(1), viewSize: 8 };
    const opening = pairedSource(detect.source, silent).open({
      ...context,
      pace: 'live',
      onEvent: () => undefined,
    });
    opening.subscribe().unsubscribe();
    expect(detect.context).toBeNull();
  });
});
