import { catchError, concatMap, repeat, type Observable } from 'rxjs';
import { decodeVideo, DecodeError } from '../ffmpeg/decode-video.ts';
import { findFfmpeg } from '../ffmpeg/ffmpeg-binary.ts';
import { mediaTime } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { probe, ProbeError } from '../ffmpeg/probe.ts';
import { produce } from './produce.ts';
import { SourceError, type Source, type SourceContext } from '../source.ts';
import { rateLimit, type VideoOptions } from '../ffmpeg/video-options.ts';

export interface RecordingOptions extends VideoOptions {
  /** Starts again at the end; time and index go on. Default false. */
  readonly loop?: boolean;
}

/** A video with an end, wherever it lies. */
export interface Recording {
  readonly kind: 'file' | 'http';
  /** What ffmpeg opens. */
  readonly input: string;
  /** The same for people. */
  readonly label: string;
  readonly inputOptions: readonly string[];
  /** What it means when ffmpeg finds no video in it. */
  readonly unreadable: 'not-a-video' | 'unreachable';
}

/** Rate to assume where a recording does not tell one: ffmpeg's own default. */
const assumedFps = 25;
const probeTimeoutMs = 20_000;

/**
 * A video file, once or in a loop. Timestamps are media time: `index / fps`.
 *
 * Errors with SourceError `not-a-video` where nothing can be decoded, `bad-source` where
 * decoding breaks off, `no-ffmpeg`.
 */
export function fileSource(path: string, options: RecordingOptions = {}): Source {
  // Without the protocol, ffmpeg would read `a:b.mp4` or `concat:…` as a URL.
  const input = `file:${path}`;
  return recording(
    { kind: 'file', input, label: path, inputOptions: [], unreadable: 'not-a-video' },
    options,
  );
}

/** A {@link Recording} as a source; in live pace it plays at its own speed. */
export function recording(video: Recording, options: RecordingOptions = {}): Source {
  const { loop = false } = options;
  return {
    kind: video.kind,
    endless: loop,
    open: (context) =>
      produce<Observable<Frame>>(async (emit, signal) => {
        emit(await openRecording(video, context, options, signal));
      }).pipe(concatMap((pass) => (loop ? pass.pipe(repeat()) : pass))),
  };
}

/** One pass over the recording; subscribing again plays it again, with time and index going on. */
async function openRecording(
  video: Recording,
  context: SourceContext,
  options: RecordingOptions,
  signal: AbortSignal,
): Promise<Observable<Frame>> {
  const ffmpeg = await findFfmpeg();
  const pace = context.pace === 'live' ? ['-re'] : [];
  const inputOptions = [...video.inputOptions, ...pace];
  const input = { ffmpeg, input: video.input };
  const probed = probe({
    ...input,
    inputOptions: video.inputOptions,
    timeoutMs: probeTimeoutMs,
    signal,
  });
  const facts = await probed.catch((cause: unknown) => {
    if (!(cause instanceof ProbeError)) throw cause;
    throw unreadable(video, cause.message, cause);
  });
  const fps = rateLimit(options.fps, facts.fps);
  const detail = `${video.label} ${String(facts.width)}×${String(facts.height)} (${ffmpeg.description})`;
  context.onEvent({
    type: 'opened',
    detail,
    width: facts.width,
    height: facts.height,
    fps: fps ?? facts.fps,
  });
  const numbering = mediaTime(fps ?? facts.fps ?? assumedFps);
  const { maxSide = 1280 } = options;
  const decoding = { ...input, inputOptions, facts, maxSide, fps, numbering, stallMs: null };
  return decodeVideo(context, decoding).pipe(
    catchError((cause: unknown) => {
      throw cause instanceof DecodeError ? brokenOff(video, cause) : cause;
    }),
  );
}

function unreadable(video: Recording, why: string, cause: Error): SourceError {
  const what =
    video.unreadable === 'not-a-video' ? 'is not a video that ffmpeg can read' : 'cannot be opened';
  return new SourceError(video.unreadable, video.label, `${video.label} ${what}: ${why}`, {
    cause,
  });
}

function brokenOff(video: Recording, cause: DecodeError): SourceError {
  if (cause.framesRead === 0) return unreadable(video, cause.message, cause);
  const message = `${video.label} broke off after ${String(cause.framesRead)} frames: ${cause.message}`;
  return new SourceError('bad-source', video.label, message, { cause });
}
