import { catchError, concatMap, repeat, type Observable } from 'rxjs';
import { decodeVideo, DecodeError, filterFps, type VideoOptions } from '../ffmpeg/decode-video.ts';
import { findFfmpeg } from '../ffmpeg/ffmpeg-binary.ts';
import { mediaTime } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { probe, ProbeError } from '../ffmpeg/probe.ts';
import { defaultMaxSide } from '../pictures/fit-within.ts';
import { fromTask } from './from-task.ts';
import { SourceError, type Source, type SourceContext } from '../source.ts';

export interface RecordingOptions extends VideoOptions {
  /** Whether to play in a loop; indices and timestamps continue. Default false. */
  readonly loop?: boolean;
}

/** A video that ends: a file or a URL. */
export interface Recording {
  readonly kind: 'file' | 'http';
  /** The input for ffmpeg. */
  readonly input: string;
  /** The input for logs and messages. */
  readonly label: string;
  readonly inputOptions: readonly string[];
  /** Error code when ffmpeg finds no video in the input. */
  readonly unreadable: 'not-a-video' | 'unreachable';
}

/** Rate of recordings that state none: ffmpeg's own default. */
const assumedFps = 25;
const probeTimeoutMs = 20_000;

/**
 * A video file, played once or in a loop. Timestamps are media time: `index / fps`.
 *
 * Errors with a SourceError: `not-a-video` when nothing can be decoded, `bad-source` when decoding
 * fails later, `no-ffmpeg`.
 */
export function fileSource(path: string, options: RecordingOptions = {}): Source {
  // Without the protocol, ffmpeg would parse `a:b.mp4` or `concat:…` as a URL.
  const input = `file:${path}`;
  return recordingSource(
    { kind: 'file', input, label: path, inputOptions: [], unreadable: 'not-a-video' },
    options,
  );
}

/** A {@link Recording} as a source; at live pace it plays in real time. */
export function recordingSource(recording: Recording, options: RecordingOptions = {}): Source {
  const { loop = false } = options;
  return {
    kind: recording.kind,
    endless: loop,
    open: (context) =>
      fromTask<Observable<Frame>>(async (emit, signal) => {
        emit(await openRecording(recording, context, options, signal));
      }).pipe(concatMap((pass) => (loop ? pass.pipe(repeat()) : pass))),
  };
}

/** Emits one pass per subscription; indices and timestamps continue across passes. */
async function openRecording(
  recording: Recording,
  context: SourceContext,
  options: RecordingOptions,
  signal: AbortSignal,
): Promise<Observable<Frame>> {
  const ffmpeg = await findFfmpeg();
  const input = { ffmpeg, input: recording.input };
  const probed = probe({
    ...input,
    inputOptions: recording.inputOptions,
    timeoutMs: probeTimeoutMs,
    signal,
  });
  const video = await probed.catch((cause: unknown) => {
    if (!(cause instanceof ProbeError)) throw cause;
    throw unreadable(recording, cause);
  });
  const fps = filterFps(options.fps, video.fps);
  const size = `${String(video.width)}×${String(video.height)}`;
  context.onEvent({
    type: 'opened',
    detail: `${recording.label} ${size} (${ffmpeg.description})`,
    width: video.width,
    height: video.height,
    fps: fps ?? video.fps,
  });
  const realTime = context.pace === 'live' ? ['-re'] : [];
  const inputOptions = [...recording.inputOptions, ...realTime];
  const numbering = mediaTime(fps ?? video.fps ?? assumedFps);
  const { maxSide = defaultMaxSide } = options;
  const decoding = { ...input, inputOptions, video, maxSide, fps, numbering, stallMs: null };
  return decodeVideo(context, decoding).pipe(
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
