import { Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../../operators/detect/engines/engine.ts';
import { CropScheduler } from '../../../operators/track/crop-scheduler.ts';
import {
  embedCrops,
  type EmbedCropsOptions,
  type RequestEmbedding,
} from '../../../operators/track/embed-crops.ts';
import { trackAndEmbed } from '../../../operators/track/track-and-embed.ts';
import type { Track, TrackedFrame } from '../../../operators/track/track.ts';
import { Tracker } from '../../../operators/track/tracker.ts';
import {
  boxAt,
  detectedAt,
  frameAt,
  latentOf,
  observationAt,
  trackAt,
  trackedAt,
  type CountedFrame,
} from './scene.ts';

const modes = ['wait', 'background'] as const;
const latent = latentOf(1, cropEmbeddingLength);
const settle = () => new Promise((resolve) => setImmediate(resolve));
const never: RequestEmbedding = () => new Promise(() => undefined);

/** A tracker that only notes which looks it was given. */
function noting() {
  const given: number[] = [];
  const setLook = (id: number, values: Float32Array, timestampMs: number): Track => {
    given.push(id);
    return trackAt(id, boxAt(0, 0), 0, { embedding: { latent: values, timestampMs } });
  };
  return { given, setLook };
}

/** Requests that are answered by hand. */
function byHand() {
  const open: { resolve: (values: Float32Array) => void; reject: (error: Error) => void }[] = [];
  const request: RequestEmbedding = () =>
    new Promise((resolve, reject) => {
      open.push({ resolve, reject });
    });
  return { open, request };
}

const withTrack = (nowMs: number, id = 1) => trackedAt(nowMs, [trackAt(id, boxAt(50, 50), nowMs)]);

function start(request: RequestEmbedding, options: EmbedCropsOptions, tracker = noting()) {
  const source = new Subject<TrackedFrame>();
  const planner = new CropScheduler();
  const out: TrackedFrame[] = [];
  const errors: unknown[] = [];
  const subscription = source
    .pipe(embedCrops(tracker, planner, request, options))
    .subscribe({ next: (frame) => out.push(frame), error: (error: unknown) => errors.push(error) });
  return { source, planner, out, errors, subscription, given: tracker.given };
}

describe.each(modes)('look in %s mode', (mode) => {
  const marbles = (test: Parameters<TestScheduler['run']>[0]) =>
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);
  const frames = { a: trackedAt(0, []), b: trackedAt(100, []), c: trackedAt(200, []) };

  it.each([
    ['never', '-', '-'],
    ['empty', '|', '|'],
    ['one', '-a|', '-a|'],
    ['many', '-a-b-(c|)', '-a-b-(c|)'],
    ['error', '-a-#', '-a-#'],
    ['endless', '-a-b-c-', '-a-b-c-'],
  ])('passes on %s', (_case, source, expected) => {
    marbles(({ cold, expectObservable }) => {
      const result = cold(source, frames).pipe(
        embedCrops(noting(), new CropScheduler(), never, { mode }),
      );
      expectObservable(result).toBe(expected, frames);
    });
  });

  it('unsubscribes from its source at once', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b-c-', frames);
      const result = source.pipe(embedCrops(noting(), new CropScheduler(), never, { mode }));
      expectObservable(result, '---!').toBe('-a', frames);
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
  });

  it('errors when the request throws', () => {
    const request = () => {
      throw new Error('broken');
    };
    const { source, errors } = start(request, { mode });
    source.next(withTrack(0));
    expect(errors).toEqual([new Error('broken')]);
  });

  it('counts and reports a look that fails, and goes on without', async () => {
    const failed: unknown[] = [];
    const { source, planner, out, given } = start(() => Promise.reject(new Error('no engine')), {
      mode,
      onFailed: (error, { id }) => failed.push([error, id]),
    });
    source.next(withTrack(0));
    await settle();
    expect(out).toHaveLength(1);
    expect(out[0]?.tracks[0]?.embedding).toBeNull();
    expect(given).toEqual([]);
    expect(failed).toEqual([[new Error('no engine'), 1]]);
    expect(planner).toMatchObject({ failed: 1, outstanding: 0 });
  });

  it('leaves out what comes in after the end', async () => {
    const { open, request } = byHand();
    const { source, subscription, given } = start(request, { mode });
    source.next(withTrack(0));
    subscription.unsubscribe();
    open[0]?.resolve(latent);
    await settle();
    expect(given).toEqual([]);
  });
});

describe('look in wait mode', () => {
  it('holds a frame until its looks are in, and passes it on with them', async () => {
    const { open, request } = byHand();
    const { source, out } = start(request, { mode: 'wait' });
    source.next(withTrack(700));
    source.next(trackedAt(800, []));
    await settle();
    expect(out).toEqual([]);
    open[0]?.resolve(latent);
    await settle();
    expect(out.map(({ frame }) => frame.timestampMs)).toEqual([700, 800]);
    expect(out[0]?.tracks[0]?.embedding).toEqual({ latent, timestampMs: 700 });
  });

  it('releases the frames that it still holds when it ends, and only those', async () => {
    const { open, request } = byHand();
    const { source, subscription, out } = start(request, { mode: 'wait' });
    const frames = [withTrack(0, 1), withTrack(100, 2), trackedAt(200, [])];
    for (const frame of frames) source.next(frame);
    open[0]?.resolve(latent);
    await settle();
    expect(out).toHaveLength(1);
    subscription.unsubscribe();
    const references = frames.map(({ frame }) => (frame as CountedFrame).references);
    expect(references).toEqual([1, 0, 0]);
  });
});

describe('look in background mode', () => {
  it('passes a frame on at once and delivers the look later', async () => {
    const { open, request } = byHand();
    const { source, out, given } = start(request, { mode: 'background' });
    const frame = withTrack(0);
    source.next(frame);
    expect(out).toEqual([frame]);
    expect(given).toEqual([]);
    open[0]?.resolve(latent);
    await settle();
    expect(given).toEqual([1]);
  });

  it('asks before the frame goes on, while its pixels are surely there', () => {
    const order: string[] = [];
    const source = new Subject<TrackedFrame>();
    const request: RequestEmbedding = (frame) => {
      order.push(`asked with ${(frame as CountedFrame).references}`);
      return Promise.resolve(latent);
    };
    source
      .pipe(embedCrops(noting(), new CropScheduler(), request, { mode: 'background' }))
      .subscribe(({ frame }) => {
        frame.release();
        order.push('released');
      });
    source.next({ ...withTrack(0), frame: frameAt(0) });
    expect(order).toEqual(['asked with 1', 'released']);
  });
});

describe('trackAndLook in wait mode', () => {
  it('gives the same tracks however long the looks take', async () => {
    const run = async (delay: () => Promise<unknown>) => {
      const source = new Subject<ReturnType<typeof detectedAt>>();
      const request: RequestEmbedding = async () => {
        await delay();
        return latent;
      };
      const out: (readonly Track[])[] = [];
      source
        .pipe(
          trackAndEmbed(
            () => new Tracker(),
            () => new CropScheduler(),
            request,
            { mode: 'wait' },
          ),
        )
        .subscribe(({ tracks }) => out.push(tracks));
      for (let i = 0; i < 12; i++) {
        source.next(detectedAt(i * 300, [observationAt(boxAt(100 + 20 * i, 100))]));
      }
      while (out.length < 12) await settle();
      return out;
    };
    const fast = await run(() => Promise.resolve());
    const slow = await run(() => new Promise((resolve) => setTimeout(resolve, 3)));
    expect(slow).toEqual(fast);
    expect(fast.map(([only]) => only?.embedding?.timestampMs ?? null)).toEqual([
      null,
      null,
      600,
      600,
      600,
      600,
      1800,
      1800,
      1800,
      1800,
      3000,
      3000,
    ]);
  });

  it('releases every frame once when it ends in the middle of a look', async () => {
    const frames = Array.from({ length: 5 }, (_, i) =>
      detectedAt(i * 100, [observationAt(boxAt(100, 100))]),
    );
    const source = new Subject<(typeof frames)[number]>();
    const subscription = source
      .pipe(
        trackAndEmbed(
          () => new Tracker(),
          () => new CropScheduler(),
          never,
          { mode: 'wait' },
        ),
      )
      .subscribe();
    for (const frame of frames) source.next(frame);
    await settle();
    subscription.unsubscribe();
    const references = frames.map(({ frame }) => (frame as CountedFrame).references);
    expect(references).toEqual([1, 1, 0, 0, 0]);
  });
});
