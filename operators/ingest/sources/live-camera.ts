import { catchError, concatAll, defer, type Observable, type SchedulerLike } from 'rxjs';
import { decodeVideo, DecodeError } from '../ffmpeg/decode-video.ts';
import { findFfmpeg, type FfmpegBinary } from '../ffmpeg/ffmpeg-binary.ts';
import { wallClock, type FrameNumbering } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { probe, ProbeError } from '../ffmpeg/probe.ts';
import { produce } from './produce.ts';
import { reconnect } from './reconnect.ts';
import { SourceError, type Source, type SourceContext } from '../source.ts';
import { rateLimit, type VideoOptions } from '../ffmpeg/video-options.ts';

export interface LiveCameraOptions extends VideoOptions {
  /** A camera that gives no picture for this long is taken for lost, in ms. Default 10,000. */
  readonly stallMs?: number;
  /** Whether a camera that cannot be reached at the very start is an error. Default true. */
  readonly firstOpenMustSucceed?: boolean;
  /** Jitter of the waits between attempts, 0 ≤ value < 1. Default Math.random. */
  readonly random?: () => number;
  /** Wall clock in ms since the Unix epoch. Default Date.now. */
  readonly now?: () => number;
  /** What the waits between attempts run on. Default RxJS's own. */
  readonly scheduler?: SchedulerLike;
}

/** What tells one kind of live camera from another. */
export interface LiveCamera {
  readonly kind: 'rtsp' | 'http' | 'webcam';
  /** What ffmpeg opens. */
  readonly input: string;
  /** The same for people: without a password. */
  readonly label: string;
  readonly inputOptions: (ffmpeg: FfmpegBinary, stallMs: number) => readonly string[];
}

const firstBackoffMs = 500;
const backoffMaxMs = 30_000;

/**
 * A camera that is meant to run for ever: whatever ends it, it is opened again with
 * back-off and jitter, and index and timestamps go on.
 */
export function liveCamera(camera: LiveCamera, options: LiveCameraOptions = {}): Source {
  const { firstOpenMustSucceed = true, random = Math.random, now = Date.now, scheduler } = options;
  return {
    kind: camera.kind,
    endless: true,
    open: (context) =>
      defer(() => {
        const numbering = wallClock(now);
        return defer(() => openOnce(camera, context, numbering, options)).pipe(
          reconnect({
            backoff: { startMs: firstBackoffMs, maxMs: backoffMaxMs, random },
            mendable: (error, everDelivered) =>
              isMendable(error) && (everDelivered || !firstOpenMustSucceed),
            onLost: (reason, retryInMs, attempt) =>
              context.onEvent({ type: 'lost', reason, retryInMs, attempt }),
            ...(scheduler === undefined ? {} : { scheduler }),
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

/** Waiting brings a camera back, not an ffmpeg that is missing. */
function isMendable(error: unknown): boolean {
  return !(error instanceof SourceError) || error.code === 'unreachable';
}

function openOnce(
  camera: LiveCamera,
  context: SourceContext,
  numbering: FrameNumbering,
  options: LiveCameraOptions,
): Observable<Frame> {
  const { maxSide, stallMs } = { maxSide: 1280, stallMs: 10_000, ...options };
  return produce<Observable<Frame>>(async (emit, signal) => {
    const ffmpeg = await findFfmpeg();
    const inputOptions = camera.inputOptions(ffmpeg, stallMs);
    const input = { ffmpeg, input: camera.input, inputOptions };
    const facts = await probe({ ...input, timeoutMs: stallMs, signal }).catch((cause: unknown) => {
      if (!(cause instanceof ProbeError)) throw cause;
      throw unreachable(camera.label, cause);
    });
    const detail = `${camera.label} ${String(facts.width)}×${String(facts.height)} (${ffmpeg.description})`;
    context.onEvent({
      type: 'opened',
      detail,
      width: facts.width,
      height: facts.height,
      fps: facts.fps,
    });
    const fps = rateLimit(options.fps, facts.fps);
    emit(decodeVideo(context, { ...input, facts, maxSide, fps, numbering, stallMs }));
  }).pipe(concatAll());
}
