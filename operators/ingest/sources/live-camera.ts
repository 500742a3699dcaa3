import { catchError, concatAll, defer, type Observable } from 'rxjs';
import { systemClock, type Clock } from '../../foundation/time/clock.ts';
import { decodeVideo, DecodeError, filterFps, type VideoOptions } from '../ffmpeg/decode-video.ts';
import { findFfmpeg, type FfmpegBinary } from '../ffmpeg/ffmpeg-binary.ts';
import { wallTime, type FrameNumbering } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { probe, ProbeError } from '../ffmpeg/probe.ts';
import { defaultMaxSide } from '../pictures/fit-within.ts';
import { fromTask } from './from-task.ts';
import { reconnect } from './reconnect.ts';
import { SourceError, type Source, type SourceContext } from '../source.ts';

export interface LiveCameraOptions extends VideoOptions {
  /** A camera without a picture for this long counts as lost, in ms. Default 10,000. */
  readonly stallMs?: number;
  /** Whether a camera that cannot be reached at the start is an error. Default true. */
  readonly firstOpenMustSucceed?: boolean;
  /** Jitter of the waits between attempts, 0 ≤ value < 1. Default `Math.random`. */
  readonly random?: () => number;
  /** Timestamps the frames and runs the waits between attempts. Default: the system clock. */
  readonly clock?: Pick<Clock, 'wallMs' | 'scheduler'>;
}

/** Properties of one kind of live camera. */
export interface LiveCamera {
  readonly kind: 'rtsp' | 'http' | 'webcam';
  /** The input for ffmpeg. */
  readonly input: string;
  /** The input for logs and messages, without a password. */
  readonly label: string;
  readonly inputOptions: (ffmpeg: FfmpegBinary, stallMs: number) => readonly string[];
}

/** Default of {@link LiveCameraOptions.stallMs}. */
export const defaultStallMs = 10_000;
/** First and longest wait before a camera is reopened. */
export const reopenBackoffMs = { first: 500, max: 30_000 } as const;

/**
 * An endless source that reopens the camera, with back-off and jitter, whenever its stream ends or
 * fails. Frame indices and timestamps continue across reconnections.
 */
export function liveCamera(camera: LiveCamera, options: LiveCameraOptions = {}): Source {
  const { firstOpenMustSucceed = true, random = Math.random, clock = systemClock } = options;
  return {
    kind: camera.kind,
    endless: true,
    open: (context) =>
      defer(() => {
        const numbering = wallTime(clock);
        return defer(() => openOnce(camera, context, numbering, options)).pipe(
          reconnect({
            backoff: { startMs: reopenBackoffMs.first, maxMs: reopenBackoffMs.max, random },
            isRetryable: (error, hasDelivered) =>
              isTemporary(error) && (hasDelivered || !firstOpenMustSucceed),
            onLost: (reason, retryInMs, attempt) =>
              context.onEvent({ type: 'lost', reason, retryInMs, attempt }),
            scheduler: clock.scheduler,
          }),
          catchError((cause: unknown) => {
            throw cause instanceof DecodeError ? unreachable(camera.label, cause) : cause;
          }),
        );
      }),
  };
}

function unreachable(label: string, cause: Error): SourceError {
  return new SourceError('unreachable', label, `cannot open ${label}: ${cause.message}`, { cause });
}

/** Whether another attempt may succeed: a camera may come back, a missing ffmpeg does not. */
function isTemporary(error: unknown): boolean {
  return !(error instanceof SourceError) || error.code === 'unreachable';
}

function openOnce(
  camera: LiveCamera,
  context: SourceContext,
  numbering: FrameNumbering,
  options: LiveCameraOptions,
): Observable<Frame> {
  const { maxSide, stallMs } = { maxSide: defaultMaxSide, stallMs: defaultStallMs, ...options };
  return fromTask<Observable<Frame>>(async (emit, signal) => {
    const ffmpeg = await findFfmpeg();
    const inputOptions = camera.inputOptions(ffmpeg, stallMs);
    const input = { ffmpeg, input: camera.input, inputOptions };
    const video = await probe({ ...input, timeoutMs: stallMs, signal }).catch((cause: unknown) => {
      if (!(cause instanceof ProbeError)) throw cause;
      throw unreachable(camera.label, cause);
    });
    const size = `${String(video.width)}×${String(video.height)}`;
    context.onEvent({
      type: 'opened',
      detail: `${camera.label} ${size} (${ffmpeg.description})`,
      width: video.width,
      height: video.height,
      fps: video.fps,
    });
    const fps = filterFps(options.fps, video.fps);
    emit(decodeVideo(context, { ...input, video, maxSide, fps, numbering, stallMs }));
  }).pipe(concatAll());
}
