import {
  catchError,
  concatAll,
  defer,
  distinctUntilChanged,
  of,
  switchMap,
  tap,
  type Observable,
} from 'rxjs';
import { systemClock, type Clock } from '../../foundation/time/clock.ts';
import { DecodeError } from '../ffmpeg/decode-video.ts';
import { findFfmpeg, type FfmpegBinary } from '../ffmpeg/ffmpeg-binary.ts';
import { captureTime, type FrameNumbering } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { isSamePlan } from '../frames/view-plan.ts';
import { ProbeError } from '../ffmpeg/probe.ts';
import type { VideoOptions } from '../ffmpeg/video-settings.ts';
import type { CameraInput } from '../relay/camera-input.ts';
import { fromTask } from './from-task.ts';
import { DecoderChoice, openVideo } from './open-video.ts';
import { reconnect } from './reconnect.ts';
import { SourceError, type Source, type SourceContext } from '../source.ts';

export interface LiveCameraOptions extends VideoOptions {
  /**
   * A camera that answers, but sends no picture for this long after it is opened, counts as lost,
   * in ms; the same holds for the probe before. Default 30,000.
   */
  readonly openMs?: number;
  /**
   * A camera without a picture for this long counts as lost, in ms; one that sends pictures rarely
   * is granted three of its own intervals. Default 10,000.
   */
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
  /**
   * Opens what one ffmpeg reads; called for each ffmpeg. The camera has `openMs` to answer; how
   * long it may be silent later is not for the input to say. `onNotice` takes lines for the log.
   */
  readonly open: (
    ffmpeg: FfmpegBinary,
    openMs: number,
    onNotice: (text: string) => void,
  ) => Promise<CameraInput>;
  /**
   * Opens it where it sends single pictures, which need no ffmpeg; null where it sends video. That
   * costs a request, so it is not called again until a video cannot be opened.
   */
  readonly openPictures?: (
    context: SourceContext,
    numbering: FrameNumbering,
    signal: AbortSignal,
  ) => Promise<Observable<Frame> | null>;
}

/** Default of {@link LiveCameraOptions.openMs}. */
export const defaultOpenMs = 30_000;
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
 * opened or its stream ends or fails, and for each new size of its views. Frame indices and
 * timestamps continue across reconnections.
 */
export function liveCamera(camera: LiveCamera, options: LiveCameraOptions = {}): Source {
  const { firstOpenMustSucceed = false, random, clock = systemClock } = options;
  return {
    kind: camera.kind,
    endless: true,
    open: (context) =>
      defer(() => {
        const kept = {
          numbering: captureTime(clock),
          hardware: new DecoderChoice(options.hardware),
          isVideo: false,
        };
        const sizes$ = context.viewSizes$ ?? of(context.viewSize);
        return sizes$.pipe(
          distinctUntilChanged(isSamePlan),
          switchMap((viewSize, opening) =>
            defer(() => openOnce(camera, { ...context, viewSize }, kept, options)).pipe(
              reconnect({
                backoff: reopenBackoff(random),
                isRetryable: (error, hasDelivered) =>
                  isTemporary(error) && (hasDelivered || opening > 0 || !firstOpenMustSucceed),
                onLost: (reason, retryInMs, attempt) =>
                  context.onEvent({ type: 'lost', reason, retryInMs, attempt }),
                clock,
              }),
            ),
          ),
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

/** What outlives an outage. */
interface Kept {
  readonly numbering: FrameNumbering;
  readonly hardware: DecoderChoice;
  /** Whether the camera was asked and sends no single pictures. */
  isVideo: boolean;
}

function openOnce(
  camera: LiveCamera,
  context: SourceContext,
  kept: Kept,
  options: LiveCameraOptions,
): Observable<Frame> {
  const { numbering, hardware } = kept;
  const { openMs = defaultOpenMs, stallMs = defaultStallMs } = options;
  return fromTask<Observable<Frame>>(async (emit, signal) => {
    if (!kept.isVideo) {
      const pictures = (await camera.openPictures?.(context, numbering, signal)) ?? null;
      if (pictures !== null) {
        emit(pictures);
        return;
      }
    }
    // Until a picture shows that it still is.
    kept.isVideo = false;
    const ffmpeg = await findFfmpeg();
    const { label } = camera;
    const onNotice = (text: string): void => context.onEvent({ type: 'notice', text });
    const frames = await openVideo({
      ffmpeg,
      label,
      open: () => camera.open(ffmpeg, openMs, onNotice),
      probeMs: openMs,
      isLive: true,
      // The pictures of a segment arrive together.
      clockOf: ({ isSegmented }) => (isSegmented ? 'media' : 'arrival'),
      limits: { openMs, stallMs },
      video: options,
      numberingOf: () => numbering,
      hardware,
      context,
      signal,
    }).catch((cause: unknown) => {
      throw cause instanceof ProbeError ? unreachable(label, cause) : cause;
    });
    emit(frames.pipe(tap(() => (kept.isVideo = true))));
  }).pipe(concatAll());
}
