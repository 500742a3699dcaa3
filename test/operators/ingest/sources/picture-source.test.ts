import { expect, describe, test } from 'vitest';
import {
  pictureSource,
  type Picture,
} from '../../../../operators/ingest/sources/picture-source.ts';
import { SourceError } from '../../../../operators/ingest/source.ts';
import { capture, until } from '../capture.ts';

const plain = (width: number, height: number, level = 0): Picture => ({
  width,
  height,
  rgb: new Uint8Array(width * height * 3).fill(level),
});

/** A source of these pictures, without a rate. */
const sourceOf = (...pictures: Picture[]) =>
  pictureSource(async function* () {
    yield* pictures;
  });

describe('pictureSource', () => {
  test('scales pictures of any size to the view', async () => {
    const views: [number, number, number][] = [];
    await capture(sourceOf(plain(40, 20, 9), plain(8, 8, 200)), {
      onFrame: ({ width, height, view }) => views.push([width, height, view.at(-1)!]),
    });
    expect(views).toEqual([
      [40, 20, 9],
      [8, 8, 200],
    ]);
  });

  test('passes on timestamps and ground truth of pictures that have them', async () => {
    const truth = [{ objectId: '1', class: 'cone', box: [0, 0, 4, 4], visible: 1 }] as const;
    const truths: unknown[] = [];
    const pictures = [
      { ...plain(8, 8), timestampMs: 70, truth },
      { ...plain(8, 8), timestampMs: 90 },
    ];
    const { frames } = await capture(sourceOf(...pictures), {
      onFrame: (frame) => truths.push(frame.truth),
    });
    expect(frames.map(({ timestampMs }) => timestampMs)).toEqual([70, 90]);
    expect(truths).toEqual([truth, undefined]);
  });

  test('says what the time of a picture is the time of', async () => {
    const pictures = [
      { ...plain(8, 8), timestampMs: 70 },
      { ...plain(8, 8), timestampMs: 1.8e12 },
      { ...plain(8, 8), timestampMs: 1.8e12, timeBasis: 'arrival' as const },
      { ...plain(8, 8) },
    ];
    const bases: string[] = [];
    await capture(sourceOf(...pictures), { onFrame: ({ timeBasis }) => bases.push(timeBasis) });
    expect(bases).toEqual(['media', 'capture', 'arrival', 'arrival']);
  });

  test('uses the wall clock for pictures without a timestamp and a rate', async () => {
    const startMs = Date.now();
    const { frames } = await capture(sourceOf(plain(8, 8), plain(8, 8)));
    expect(frames[0]!.timestampMs).toBeGreaterThanOrEqual(startMs);
    expect(frames[1]!.timestampMs).toBeGreaterThan(frames[0]!.timestampMs);
  });

  test.each([
    [
      { ...plain(4, 3), rgb: new Uint8Array(12) },
      'picture 1 of pictures: expected 4 × 3 × 3 = 36 bytes of RGB, got 12',
    ],
    [
      { ...plain(4, 3), width: 0 },
      'picture 1 of pictures: expected sides of 1 to 16384 whole pixels, got 0 × 3',
    ],
    [
      { ...plain(4, 3), height: 2.5 },
      'picture 1 of pictures: expected sides of 1 to 16384 whole pixels, got 4 × 2.5',
    ],
  ])('refuses a picture of the wrong size: %#', async (picture, message) => {
    const { outcome, frames, pool } = await capture(sourceOf(plain(4, 3), picture));
    expect(outcome).toMatchObject({ name: 'SourceError', code: 'bad-source', message });
    expect(frames).toHaveLength(1);
    expect(pool.inUse).toBe(0);
  });

  test('turns an error of the iterator into a SourceError that names the source', async () => {
    const cause = new Error('the lens fell off');
    const failing = pictureSource(
      async function* () {
        yield plain(4, 4);
        throw cause;
      },
      { description: 'my camera' },
    );
    const { outcome } = await capture(failing);
    expect(outcome).toBeInstanceOf(SourceError);
    expect(outcome).toMatchObject({
      code: 'bad-source',
      source: 'my camera',
      message: 'my camera ended with an error: the lens fell off',
      cause,
    });
  });

  test('closes the iterator when unsubscribed, also while no picture comes', async () => {
    let closed = false;
    const pictures: AsyncIterableIterator<Picture> = {
      [Symbol.asyncIterator]: () => pictures,
      next: () => new Promise(() => undefined),
      return: async () => {
        closed = true;
        return { done: true, value: undefined };
      },
    };
    const context = { camera: 'a', viewSize: 32, pace: 'live', onEvent: () => undefined } as const;
    const { pool } = await capture(sourceOf());
    const subscription = pictureSource(() => pictures)
      .open({ ...context, pool })
      .subscribe();
    expect(closed).toBe(false);
    subscription.unsubscribe();
    await until(() => closed);
  });

  test('closes the iterator after a picture that it refused', async () => {
    let closed = false;
    const refused = pictureSource(async function* () {
      try {
        yield { ...plain(4, 4), width: 5 };
      } finally {
        closed = true;
      }
    });
    await capture(refused);
    expect(closed).toBe(true);
  });
});
