import { catchError, concatAll, defer, type Observable } from 'rxjs';
import { systemClock, type Clock } from '../../foundation/time/clock.ts';
import { decodeVideo, DecodeError, filterFps, type VideoOptions } from '../ffmpeg/decode-video.ts';
import { findFfmpeg, type FfmpegBinary } from '../ffmpeg/ffmpeg-binary.ts';
import { captureTime, type FrameNumbering } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { ProbeError } from '../ffmpeg/probe.ts';
import { defaultMaxSide } from '../pictures/fit-within.ts';
import type { CameraInput } from '../relay/camera-input.ts';
import { fromTask } from './from-task.ts';
import { openProbed } from './open-probed.ts';
import { reconnect } from './reconnect.ts';
import { SourceError, type Source, type SourceContext } from '../source.ts';

export interface LiveCameraOptions extends VideoOptions {
  /** A camera without a picture for this long counts as lost, in ms. Default 10,000. */
  readonly stallMs?: number;
  /**
   * Whether a camera that cannot be reached at the start is an error. Default false: it is lost,
   * and tried for ever.
   */
  readonly firstOpenMustSucceed?: boolean;
  /** Jitter of the waits between attempts, 0 ≤ value < 1. Default `Math.random`. */
  readonly random?: () => number;
  /** Timestamps the frames and runs the waits between attempts. Default: the system clock. */
  readonly clock?: Pick<Clock, 'nowMs' | 'wallMs' | 'scheduler'>;
}

/** Properties of one kind of live camera. */
export interface LiveCamera {
  readonly kind: 'rtsp' | 'http' | 'webcam';
  /** The camera in logs and messages: nothing in it is secret. */
  readonly label: string;
  /** Opens what one ffmpeg reads; called for each ffmpeg. `onNotice` takes lines for the log. */
  readonly open: (
    ffmpeg: FfmpegBinary,
    stallMs: number,
    onNotice: (text: string) => void,
  ) => Promise<CameraInput>;
}

/** Default of {@link LiveCameraOptions.stallMs}. */
export const defaultStallMs = 10_000;
/**
 * First and longest wait before a source is reopened; frames for `stable` ms end an outage, and the
 * next one begins with the first wait again.
 */
export const reopenBackoffMs = { first: 500, max: 30_000, stable: 10_000 } as const;

/** The back-off of {@link reopenBackoffMs}. */
export function reopenBackoff(random = Math.random) {
  const { first: startMs, max: maxMs, stable: stableMs } = reopenBackoffMs;
  return { startMs, maxMs, stableMs, random };
}

/**
 * An endless source that opens the camera again, with back-off and jitter, whenever it cannot be
 * opened or its stream ends or fails. Frame indices and timestamps continue across reconnections.
 */
export function liveCamera(camera: LiveCamera, options: LiveCameraOptions = {}): Source {
  const { firstOpenMustSucceed = false, random, clock = systemClock } = options;
  return {
    kind: camera.kind,
    endless: true,
    open: (context) =>
      defer(() => {
        const numbering = captureTime(clock);
        return defer(() => openOnce(camera, context, numbering, options)).pipe(
          reconnect({
            backoff: reopenBackoff(random),
            isRetryable: (error, hasDelivered) =>
              isTemporary(error) && (hasDelivered || !firstOpenMustSucceed),
            onLost: (reason, retryInMs, attempt) =>
              context.onEvent({ type: 'lost', reason, retryInMs, attempt }),
            clock,
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
    const { label } = camera;
    const onNotice = (text: string): void => context.onEvent({ type: 'notice', text });
    const open = () => camera.open(ffmpeg, stallMs, onNotice);
    const { video, input } = await openProbed({
      ffmpeg,
      label,
      open,
      timeoutMs: stallMs,
      context,
      signal,
    }).catch((cause: unknown) => {
      throw cause instanceof ProbeError ? unreachable(label, cause) : cause;
    });
    const fps = filterFps(options.fps, video.fps);
    emit(decodeVideo(context, { ffmpeg, input, video, maxSide, fps, numbering, stallMs }));
  }).pipe(concatAll());
}
