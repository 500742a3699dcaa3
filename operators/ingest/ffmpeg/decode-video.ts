import type { ErrorCode } from '../../foundation/errors/error-codes.ts';
import { Observable } from 'rxjs';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { failureReason } from './ffmpeg-process.ts';
import { openRawVideo } from './ffmpeg.ts';
import type { FrameNumbering } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { viewOf } from '../frames/view-plan.ts';
import { packedLayout, type PixelSize } from './packed-picture.ts';
import type { PackingGraph } from './packing-graph.ts';
import { PictureLog, type PictureInfo } from './picture-log.ts';
import type { CameraInput } from '../relay/camera-input.ts';
import { withoutInput } from './probe.ts';
import { RawVideoFrames } from './raw-video-frames.ts';
import { StallLimit, type SilenceLimits } from './stall-limit.ts';
import type { SourceContext } from '../source.ts';

export interface DecodeVideoOptions {
  readonly ffmpeg: FfmpegBinary;
  readonly input: CameraInput;
  /** Options of the decoder, as `-hwaccel vaapi`. */
  readonly decoderOptions: readonly string[];
  readonly graph: Omit<PackingGraph, 'layout' | 'hasChecksumOption'>;
  /** Size of `full`; pictures of another shape are fitted into it. */
  readonly area: PixelSize;
  readonly numbering: FrameNumbering;
  /** Errors when the input is silent for longer; null waits for ever. */
  readonly limits: SilenceLimits | null;
  /** Called with the first picture, before its frame; what it returns ends the run as an error. */
  readonly onFirst: (picture: PictureInfo) => Error | null;
}

/** An ffmpeg run that failed; `message` is the last error in its log, or how it ended. */
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
 * Runs one ffmpeg per subscription and emits the frames that it decodes, each with the time and the
 * size of its own picture.
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
    const { ffmpeg, input, area, graph, limits } = options;
    // The area has the upright picture's shape, which is kept where that changes in mid-stream.
    const viewSize = viewOf(context.viewSize, area.width, area.height);
    const layout = packedLayout(area.width, area.height, viewSize);
    const fail = (message: string): void => {
      observer.error(new DecodeError(message, frames.framesRead));
    };
    let described = 0;
    const log = new PictureLog({
      onPicture: (picture) => {
        if (ending.signal.aborted) return;
        const problem = described++ === 0 ? options.onFirst(picture) : null;
        if (problem !== null) observer.error(problem);
        else if (graph.orientation !== null && picture.orientation !== graph.orientation) {
          fail('its pictures are turned in mid-stream: that needs ffmpeg 5.0 or newer');
        } else frames.described();
      },
      onOverflow: () => fail('ffmpeg describes more pictures than it writes'),
    });
    const child = openRawVideo({
      ffmpeg,
      input,
      decoderOptions: options.decoderOptions,
      graph: { ...graph, layout },
      log,
      signal: ending.signal,
    });
    const frames = new RawVideoFrames({
      context,
      process: child,
      layout,
      log,
      numbering: options.numbering,
      captureMsOf: input.captureMsOf,
      observer,
      signal: ending.signal,
      stall: limits === null ? null : new StallLimit(limits),
      onStall: (silentMs) => fail(`no picture for ${Math.round(silentMs / 100) / 10} s`),
      onUndescribed: () => fail('ffmpeg does not describe its pictures'),
    });
    void Promise.all([child.ended, frames.run()]).then(([end]) => {
      if (end.code === 0 && frames.framesRead > 0) observer.complete();
      else if (end.code === 0) fail('it contains no picture');
      else {
        const reason = withoutInput(failureReason(child.stderrTail(), end), input.input);
        fail(input.problem() ?? reason);
      }
    });
    return () => {
      ending.abort();
      input.close();
    };
  });
}
