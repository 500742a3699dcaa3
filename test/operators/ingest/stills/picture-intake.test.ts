import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../operators/foundation/time/clock.ts';
import { captureTime } from '../../../../operators/ingest/frames/frame-numbering.ts';
import type { Frame } from '../../../../operators/ingest/frames/frame.ts';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';
import type { Pace, SourceEvent } from '../../../../operators/ingest/source.ts';
import { PictureIntake } from '../../../../operators/ingest/stills/picture-intake.ts';
import { encodedPicture } from './camera-server.ts';

let picture: Buffer;
beforeAll(async () => {
  picture = await encodedPicture();
});

function intakeOf({ pace = 'live', slots = 16 }: { pace?: Pace; slots?: number } = {}) {
  const frames: Frame[] = [];
  const dropped: string[] = [];
  const onEvent = (event: SourceEvent): void => {
    if (event.type === 'dropped') dropped.push(event.reason);
  };
  const pool = new SharedFramePool(slots);
  const intake = new PictureIntake({
    context: { camera: 'test', pool, viewSize: 16, pace, onEvent },
    numbering: captureTime(systemClock),
    clock: systemClock,
    fps: null,
    maxSide: 1280,
    onOpened: () => undefined,
    emit: (frame) => frames.push(frame),
    signal: new AbortController().signal,
  });
  return { intake, frames, dropped };
}

describe('PictureIntake', () => {
  it('drops what waits for a decoder when a newer picture comes, as stale', async () => {
    const { intake, frames, dropped } = intakeOf();
    for (let i = 0; i < 12; i++) await intake.take(picture, null);
    await intake.settled();
    expect(frames.map(({ index }) => index)).toEqual([0, 1, 11]);
    expect(dropped).toEqual(Array(9).fill('stale'));
  });

  it('at demand pace emits every picture, in order', async () => {
    const { intake, frames, dropped } = intakeOf({ pace: 'demand' });
    for (let i = 0; i < 12; i++) await intake.take(picture, null);
    expect(frames.map(({ index }) => index)).toEqual([...Array(12).keys()]);
    expect(dropped).toEqual([]);
  });

  it('drops a picture for which no buffer is free as pool-full, without decoding it', async () => {
    const { intake, frames, dropped } = intakeOf({ slots: 1 });
    await intake.take(picture, null);
    await intake.settled();
    await intake.take(Buffer.from('no picture'), null);
    await intake.settled();
    expect(frames).toHaveLength(1);
    expect(dropped).toEqual(['pool-full']);
  });

  it('takes what is odd about every picture for the habit of a camera, not for damage', async () => {
    // Bytes between two segments, which decoders skip with a warning.
    const scan = picture.indexOf(Buffer.from([0xff, 0xda]));
    const odd = Buffer.concat([
      picture.subarray(0, scan),
      Buffer.alloc(4, 7),
      picture.subarray(scan),
    ]);
    const always = intakeOf({ pace: 'demand' });
    for (let i = 0; i < 5; i++) await always.intake.take(odd, null);
    expect(always.frames.map(({ index }) => index)).toEqual([3, 4]);
    expect(always.dropped).toEqual(Array(3).fill('corrupt'));
    const once = intakeOf({ pace: 'demand' });
    await once.intake.take(picture, null);
    for (let i = 0; i < 5; i++) await once.intake.take(odd, null);
    expect(once.frames.map(({ index }) => index)).toEqual([0]);
    expect(once.intake.brokenInARow).toBe(5);
  });
});
