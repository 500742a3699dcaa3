import { catchError, concatMap, defer, identity, repeat, type Observable } from 'rxjs';
import { systemClock } from '../../foundation/time/clock.ts';
import { DecodeError } from '../ffmpeg/decode-video.ts';
import { findFfmpeg } from '../ffmpeg/ffmpeg-binary.ts';
import { mediaTime, type FrameNumbering } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { ProbeError } from '../ffmpeg/probe.ts';
import type { VideoOptions } from '../ffmpeg/video-settings.ts';
import { directInput, type CameraInput } from '../relay/camera-input.ts';
import { fromTask } from './from-task.ts';
import { reopenBackoff, type LiveCameraOptions } from './live-camera.ts';
import { DecoderChoice, openVideo } from './open-video.ts';
import { reopenWhenLost } from './reconnect.ts';
import { SourceError, type Source, type SourceContext } from '../source.ts';

export interface RecordingOptions
  extends VideoOptions, Pick<LiveCameraOptions, 'firstOpenMustSucceed' | 'random'> {
  /** Whether to play in a loop; indices and timestamps continue. Default false. */
  readonly loop?: boolean;
}

/** A video that ends: a file or a URL. */
export interface Recording {
  readonly kind: 'file' | 'http';
  /** The recording in logs and messages: nothing in it is secret. */
  readonly label: string;
  /** Opens what one ffmpeg reads; called for each ffmpeg. */
  readonly open: () => Promise<CameraInput>;
  /** Error code when ffmpeg finds no video in the input. */
  readonly unreadable: 'not-a-video' | 'unreachable';
}

/** Rate of recordings that state neither a rate nor times of pictures: ffmpeg's own default. */
const assumedFps = 25;
const probeTimeoutMs = 20_000;

/**
 * A video file, played once or in a loop. Timestamps are media time: the
 * presentation times of the stream, from 0.
 *
 * Errors with a SourceError: `not-a-video` when nothing can be decoded, `bad-source` when decoding
 * fails later, `no-ffmpeg`. In a loop, a later failure only starts the file over.
 */
export function fileSource(path: string, options: RecordingOptions = {}): Source {
  // Without the protocol, ffmpeg would parse `a:b.mp4` or `concat:…` as a URL.
  const open = () => Promise.resolve(directInput(`file:${path}`));
  return recordingSource({ kind: 'file', label: path, open, unreadable: 'not-a-video' }, options);
}

/**
 * A {@link Recording} as a source; at live pace it plays in real time.
 *
 * A server that does not answer at the start is tried for ever, and so is any recording in a loop
 * once it has played; one that is played once does not begin again, it errors.
 */
export function recordingSource(recording: Recording, options: RecordingOptions = {}): Source {
  const { loop = false, firstOpenMustSucceed = false, random } = options;
  const isRetryable = (error: unknown, hasDelivered: boolean): boolean => {
    if (!(error instanceof SourceError) || error.code === 'no-ffmpeg') return false;
    return hasDelivered ? loop : error.code === 'unreachable' && !firstOpenMustSucceed;
  };
  return {
    kind: recording.kind,
    endless: loop,
    open: (context) =>
      defer(() => {
        const kept = {
          numberingAt: continuedMediaTime(),
          hardware: new DecoderChoice(options.hardware),
        };
        return fromTask<Observable<Frame>>(async (emit, signal) => {
          emit(await openRecording(recording, context, options, kept, signal));
        }).pipe(
          concatMap(loop ? (pass) => pass.pipe(repeat()) : identity<Observable<Frame>>),
          reopenWhenLost({
            backoff: reopenBackoff(random),
            isRetryable,
            onLost: (reason, retryInMs, attempt) =>
              context.onEvent({ type: 'lost', reason, retryInMs, attempt }),
            clock: systemClock,
          }),
        );
      }),
  };
}

/** One {@link mediaTime} for all passes, of the rate of the first. */
function continuedMediaTime(): (fps: number) => FrameNumbering {
  let numbering: FrameNumbering | null = null;
  return (fps) => (numbering ??= mediaTime(fps));
}

/** What outlives an outage. */
interface Kept {
  readonly numberingAt: (fps: number) => FrameNumbering;
  readonly hardware: DecoderChoice;
}

/** Emits one pass per subscription; indices and timestamps continue across passes. */
async function openRecording(
  recording: Recording,
  context: SourceContext,
  options: RecordingOptions,
  { numberingAt, hardware }: Kept,
  signal: AbortSignal,
): Promise<Observable<Frame>> {
  const ffmpeg = await findFfmpeg();
  const { label, open } = recording;
  const frames = await openVideo({
    ffmpeg,
    label,
    open,
    decodingOptions: context.pace === 'live' ? ['-re'] : [],
    probeMs: probeTimeoutMs,
    isLive: false,
    clockOf: () => 'media',
    limits: null,
    video: options,
    // The interval after a picture without a time, where a stream has such.
    numberingOf: ({ fps }) => numberingAt(Math.min(fps ?? assumedFps, options.fps ?? Infinity)),
    hardware,
    context,
    signal,
  }).catch((cause: unknown) => {
    throw cause instanceof ProbeError ? unreadable(recording, cause) : cause;
  });
  return frames.pipe(
    catchError((cause: unknown) => {
      throw cause instanceof DecodeError ? brokenOff(recording, cause) : cause;
    }),
  );
}

function unreadable({ unreadable: code, label }: Recording, cause: Error): SourceError {
  const problem =
    code === 'not-a-video' ? 'is not a video that ffmpeg can read' : 'cannot be opened';
  return new SourceError(code, label, `${label} ${problem}: ${cause.message}`, { cause });
}

function brokenOff(recording: Recording, cause: DecodeError): SourceError {
  if (cause.framesRead === 0) return unreadable(recording, cause);
  const { label } = recording;
  const message = `${label} broke off after ${String(cause.framesRead)} frames: ${cause.message}`;
  return new SourceError('bad-source', label, message, { cause });
}
