import { Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../../operators/detect/engines/engine.ts';
import { CropScheduler } from '../../../operators/track/crop-scheduler.ts';
import {
  embedCrops,
  type EmbedCropsOptions,
  type EmbeddingReceiver,
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

const embeddings = ['inline', 'background'] as const;
const latent = latentOf(1, cropEmbeddingLength);
const settle = () => new Promise((resolve) => setImmediate(resolve));
const never: RequestEmbedding = () => new Promise(() => undefined);

/** Records the ids of the tracks that received an embedding. */
class RecordingReceiver implements EmbeddingReceiver {
  readonly ids: number[] = [];

  setEmbedding(id: number, values: Float32Array, timestampMs: number): Track {
    this.ids.push(id);
    return trackAt(id, boxAt(0, 0), 0, { embedding: { latent: values, timestampMs } });
  }
}

/** Requests that the test settles itself. */
function manualRequests() {
  const open: { resolve: (values: Float32Array) => void; reject: (error: Error) => void }[] = [];
  const request: RequestEmbedding = () =>
    new Promise((resolve, reject) => {
      open.push({ resolve, reject });
    });
  return { open, request };
}

const withTrack = (nowMs: number, id = 1) => trackedAt(nowMs, [trackAt(id, boxAt(50, 50), nowMs)]);

function start(request: RequestEmbedding, options: EmbedCropsOptions) {
  const source = new Subject<TrackedFrame>();
  const scheduler = new CropScheduler();
  const receiver = new RecordingReceiver();
  const out: TrackedFrame[] = [];
  const errors: unknown[] = [];
  const subscription = source
    .pipe(embedCrops(receiver, scheduler, request, options))
    .subscribe({ next: (frame) => out.push(frame), error: (error: unknown) => errors.push(error) });
  return { source, scheduler, out, errors, subscription, received: receiver.ids };
}

describe.each(embeddings)('embedCrops, %s', (embedding) => {
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
        embedCrops(new RecordingReceiver(), new CropScheduler(), never, { embedding }),
      );
      expectObservable(result).toBe(expected, frames);
    });
  });

  it('unsubscribes from its source at once', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b-c-', frames);
      const result = source.pipe(
        embedCrops(new RecordingReceiver(), new CropScheduler(), never, { embedding }),
      );
      expectObservable(result, '---!').toBe('-a', frames);
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
  });

  it('errors when the request throws', () => {
    const request = () => {
      throw new Error('broken');
    };
    const { source, errors } = start(request, { embedding });
    source.next(withTrack(0));
    expect(errors).toEqual([new Error('broken')]);
  });

  it('counts and reports a rejected request and emits the frame without embedding', async () => {
    const failed: unknown[] = [];
    const { source, scheduler, out, received } = start(
      () => Promise.reject(new Error('no engine')),
      {
        embedding,
        onFailed: (error, { id }) => failed.push([error, id]),
      },
    );
    source.next(withTrack(0));
    await settle();
    expect(out).toHaveLength(1);
    expect(out[0]?.tracks[0]?.embedding).toBeNull();
    expect(received).toEqual([]);
    expect(failed).toEqual([[new Error('no engine'), 1]]);
    expect([scheduler.failed, scheduler.pending]).toEqual([1, 0]);
  });

  it('discards embeddings that arrive after the end', async () => {
    const { open, request } = manualRequests();
    const { source, subscription, received } = start(request, { embedding });
    source.next(withTrack(0));
    subscription.unsubscribe();
    open[0]?.resolve(latent);
    await settle();
    expect(received).toEqual([]);
  });
});

describe('embedCrops, inline', () => {
  it('holds a frame until its embeddings arrive and emits it with them', async () => {
    const { open, request } = manualRequests();
    const { source, out } = start(request, { embedding: 'inline' });
    source.next(withTrack(700));
    source.next(trackedAt(800, []));
    await settle();
    expect(out).toEqual([]);
    open[0]?.resolve(latent);
    await settle();
    expect(out.map(({ frame }) => frame.timestampMs)).toEqual([700, 800]);
    expect(out[0]?.tracks[0]?.embedding).toEqual({ latent, timestampMs: 700 });
  });

  it('releases the frames that it still holds at the end, and only those', async () => {
    const { open, request } = manualRequests();
    const { source, subscription, out } = start(request, { embedding: 'inline' });
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

describe('embedCrops, background', () => {
  it('emits a frame at once and delivers the embedding later', async () => {
    const { open, request } = manualRequests();
    const { source, out, received } = start(request, { embedding: 'background' });
    const frame = withTrack(0);
    source.next(frame);
    expect(out).toEqual([frame]);
    expect(received).toEqual([]);
    open[0]?.resolve(latent);
    await settle();
    expect(received).toEqual([1]);
  });

  it('requests an embedding before it emits the frame, while the pixels are still owned', () => {
    const order: string[] = [];
    const source = new Subject<TrackedFrame>();
    const request: RequestEmbedding = (frame) => {
      order.push(`requested with ${(frame as CountedFrame).references}`);
      return Promise.resolve(latent);
    };
    source
      .pipe(
        embedCrops(new RecordingReceiver(), new CropScheduler(), request, {
          embedding: 'background',
        }),
      )
      .subscribe(({ frame }) => {
        frame.release();
        order.push('released');
      });
    source.next({ ...withTrack(0), frame: frameAt(0) });
    expect(order).toEqual(['requested with 1', 'released']);
  });
});

describe('trackAndEmbed, inline', () => {
  it('gives the same tracks however long the embeddings take', async () => {
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
            { embedding: 'inline' },
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

  it('releases every frame once when it ends during a request', async () => {
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
          { embedding: 'inline' },
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
