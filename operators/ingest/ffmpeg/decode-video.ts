import type { ErrorCode } from '../../foundation/errors/error-codes.ts';
import { Observable } from 'rxjs';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { lastWords } from './ffmpeg-process.ts';
import { openRawVideo } from './ffmpeg.ts';
import type { FrameNumbering } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { packedLayout } from './packed-picture.ts';
import type { VideoFacts } from './probe.ts';
import { RawVideoFrames } from './raw-video-frames.ts';
import type { SourceContext } from '../source.ts';

export interface DecodeVideoOptions {
  readonly ffmpeg: FfmpegBinary;
  readonly input: string;
  readonly inputOptions: readonly string[];
  readonly facts: VideoFacts;
  /** Longest side of `full`, in pixels; larger pictures are scaled down. */
  readonly maxSide: number;
  /** Thins out to this rate; null leaves every frame. */
  readonly fps: number | null;
  readonly numbering: FrameNumbering;
  /** Errors when no picture came for this long; null waits for ever. */
  readonly stallMs: number | null;
}

/** One ffmpeg broke off; `message` is its last line or what happened to it. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly code: ErrorCode<'DecodeError'> = 'broken-off';
  /** Pictures that were read before. */
  readonly framesRead: number;
  constructor(message: string, framesRead: number) {
    super(message);
    this.framesRead = framesRead;
  }
}

/**
 * Runs one ffmpeg from subscription to its end and emits what it decodes.
 *
 * Completes when ffmpeg ends well; errors with a {@link DecodeError} where it fails, is
 * killed, stalls, or finds no picture at all. Unsubscribing ends the process.
 */
export function decodeVideo(
  context: SourceContext,
  options: DecodeVideoOptions,
): Observable<Frame> {
  return new Observable((observer) => {
    const ending = new AbortController();
    const { facts, stallMs } = options;
    const { width, height } = fitWithin(facts.width, facts.height, options.maxSide);
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
      sourceWidth: facts.width,
      sourceHeight: facts.height,
      numbering: options.numbering,
      observer,
      signal: ending.signal,
      stall: stallMs === null ? null : { afterMs: stallMs, onStall },
    });
    void Promise.all([child.ended, frames.run()]).then(([end]) => {
      if (end.code === 0 && frames.framesRead > 0) observer.complete();
      else if (end.code === 0) fail('it holds no picture');
      else fail(lastWords(child.stderrTail(), end).replaceAll(options.input, 'the input'));
    });
    return () => ending.abort();
  });
}

/** The size scaled down, never up, to at most `maxSide` on its longer side. */
export function fitWithin(
  width: number,
  height: number,
  maxSide: number,
): { width: number; height: number } {
  const factor = Math.min(1, maxSide / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  };
}
