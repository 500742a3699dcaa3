import type { ErrorCode } from '../../foundation/errors/error-codes.ts';
import { Observable } from 'rxjs';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { failureReason } from './ffmpeg-process.ts';
import { openRawVideo } from './ffmpeg.ts';
import type { FrameNumbering } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { packedLayout } from './packed-picture.ts';
import { fitWithin } from '../pictures/fit-within.ts';
import type { CameraInput } from '../relay/camera-input.ts';
import { withoutInput, type VideoInfo } from './probe.ts';
import { RawVideoFrames } from './raw-video-frames.ts';
import type { SourceContext } from '../source.ts';

/** Options of every source that ffmpeg decodes. */
export interface VideoOptions {
  /** Maximum frames per second. Default: the rate of the video. */
  readonly fps?: number;
  /** Longest side of a frame's `full` picture, in pixels. Default 1280. */
  readonly maxSide?: number;
}

export interface DecodeVideoOptions {
  readonly ffmpeg: FfmpegBinary;
  readonly input: CameraInput;
  readonly video: VideoInfo;
  /** Longest side of `full`, in pixels; larger pictures are scaled down. */
  readonly maxSide: number;
  /** Rate to drop frames down to; null keeps every frame. */
  readonly fps: number | null;
  readonly numbering: FrameNumbering;
  /** Errors when no picture arrives for this long; null never times out. */
  readonly stallMs: number | null;
}

/** An ffmpeg run that failed; `message` is the last line of its stderr, or how it ended. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly code: ErrorCode<'DecodeError'> = 'broken-off';
  /** Pictures decoded before the failure. */
  readonly framesRead: number;
  constructor(message: string, framesRead: number) {
    super(message);
    this.framesRead = framesRead;
  }
}

/**
 * Runs one ffmpeg per subscription and emits the frames that it decodes.
 *
 * Completes when ffmpeg exits with code 0; errors with a {@link DecodeError} when it fails, is
 * killed, stalls, or decodes no picture. Unsubscribing ends the process. The input is closed with
 * the process.
 */
export function decodeVideo(
  context: SourceContext,
  options: DecodeVideoOptions,
): Observable<Frame> {
  return new Observable((observer) => {
    const ending = new AbortController();
    const { video, stallMs } = options;
    const { width, height } = fitWithin(video.width, video.height, options.maxSide);
    const layout = packedLayout(width, height, context.viewSize);
    const child = openRawVideo({ ...options, layout, signal: ending.signal });
    const fail = (message: string): void => {
      observer.error(new DecodeError(message, frames.framesRead));
    };
    const onStall = (): void => fail(`no picture for ${String((stallMs ?? 0) / 1000)} s`);
    const frames = new RawVideoFrames({
      context,
      process: child,
      layout,
      sourceWidth: video.width,
      sourceHeight: video.height,
      numbering: options.numbering,
      observer,
      signal: ending.signal,
      stall: stallMs === null ? null : { afterMs: stallMs, onStall },
    });
    void Promise.all([child.ended, frames.run()]).then(([end]) => {
      if (end.code === 0 && frames.framesRead > 0) observer.complete();
      else if (end.code === 0) fail('it contains no picture');
      else {
        const reason = withoutInput(failureReason(child.stderrTail(), end), options.input.input);
        fail(options.input.problem() ?? reason);
      }
    });
    return () => {
      ending.abort();
      options.input.close();
    };
  });
}

/**
 * The rate for ffmpeg's `fps` filter; null to leave the filter out. The filter would duplicate
 * frames of a video that is slower than `maxFps`.
 */
export function filterFps(maxFps: number | undefined, videoFps: number | null): number | null {
  if (maxFps === undefined) return null;
  return videoFps !== null && videoFps <= maxFps ? null : maxFps;
}
