import type { Clock } from '../../foundation/time/clock.ts';
import { StallLimit, type SilenceLimits } from '../ffmpeg/stall-limit.ts';
import { Deadline, type AnswerBody } from './answer-body.ts';
import { exifCaptureMs } from './exif-time.ts';
import type { PictureIntake } from './picture-intake.ts';
import { PictureSplitter, type PictureSplitterOptions } from './picture-splitter.ts';

/** How long a camera of single pictures may be silent; longer where it is slower by nature. */
export type StallLimits = Pick<SilenceLimits, 'openMs' | 'stallMs'>;

export interface PictureStreamOptions extends PictureSplitterOptions, StallLimits {
  readonly body: AnswerBody;
  readonly intake: PictureIntake;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Pictures in a row that cannot be decoded, after which a camera counts as sending none. */
const brokenInARowMax = 10;

/** What came of a stream that ended. */
export interface EndedStream {
  readonly pictures: number;
  readonly lost: number;
  /** The latest picture; null without any. */
  readonly latest: Buffer | null;
}

/**
 * Reads the pictures of one answer until it ends. Rejects when the connection breaks, and when no
 * picture that can be decoded arrives in time.
 */
export async function readPictureStream(options: PictureStreamOptions): Promise<EndedStream> {
  const { body, intake, clock, openMs, stallMs } = options;
  const splitter = new PictureSplitter(options);
  // Pictures are thinned after they have arrived.
  const limit = new StallLimit({ openMs, stallMs, fps: null });
  const deadline = new Deadline();
  let pictures = 0;
  let lost = 0;
  let latest: Buffer | null = null;
  /** When that picture was there, and since when the next one is read, in ms. */
  let latestMs = clock.nowMs();
  let readingMs = latestMs;
  const wait = (): void => {
    const { limitMs } = limit;
    deadline.start(limitMs, () => body.close(new Error(`no picture for ${limitMs / 1000} s`)));
  };
  wait();
  try {
    for (;;) {
      const chunk = await body.read();
      const found = chunk === null ? splitter.end() : splitter.push(chunk);
      for (const picture of found) {
        if (picture === 'lost') {
          lost++;
          intake.lose();
          continue;
        }
        pictures++;
        latest = picture.bytes;
        assertReadable(intake);
        const arrivedMs = clock.nowMs();
        // A picture that may have come while nobody read says nothing of the camera's interval.
        if (readingMs - latestMs > arrivedMs - readingMs) limit.interrupted();
        limit.delivered(arrivedMs);
        // Whoever holds all buffers does not make the camera late.
        deadline.stop();
        await intake.take(latest, picture.captureMs ?? exifCaptureMs(latest));
        latestMs = arrivedMs;
        readingMs = clock.nowMs();
        wait();
      }
      if (chunk === null) return { pictures, lost, latest };
    }
  } finally {
    deadline.stop();
  }
}

/** Throws once too many pictures in a row could not be decoded. */
export function assertReadable({ brokenInARow, problem }: PictureIntake): void {
  if (brokenInARow < brokenInARowMax) return;
  throw new Error(`its pictures cannot be decoded: ${problem}`);
}
