import type { Clock } from '../../foundation/time/clock.ts';
import { Deadline, type AnswerBody } from './answer-body.ts';
import { exifCaptureMs } from './exif-time.ts';
import type { PictureIntake } from './picture-intake.ts';
import { PictureSplitter, type PictureSplitterOptions } from './picture-splitter.ts';
import { StallWatch, type StallLimits } from './stall-watch.ts';

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
  const { body, intake, clock } = options;
  const splitter = new PictureSplitter(options);
  const watch = new StallWatch(options);
  const deadline = new Deadline();
  let pictures = 0;
  let lost = 0;
  let latest: Buffer | null = null;
  const wait = (): void => {
    const { limitMs } = watch;
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
        watch.seen(clock.nowMs());
        // Whoever holds all buffers does not make the camera late.
        deadline.stop();
        await intake.take(latest, picture.captureMs ?? exifCaptureMs(latest));
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
