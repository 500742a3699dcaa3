import type { ErrorCode } from '../../foundation/errors/error-codes.ts';
import { shownAddress } from '../../foundation/secrets/shown-address.ts';
import type { CameraInput } from '../relay/camera-input.ts';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { failureReason, startFfmpeg } from './ffmpeg-process.ts';
import type { ColourConversion } from './packing-graph.ts';
import { pixelAspect } from './picture-log.ts';

/** Properties of a video that are known before decoding it. */
export interface VideoInfo {
  /**
   * Size of the upright picture with square pixels, as far as the stream's header tells: single
   * pictures may still be turned, or change in mid-stream.
   */
  readonly width: number;
  readonly height: number;
  /** The rate that the stream claims; null if it claims none. */
  readonly fps: number | null;
  /** Null for live streams. */
  readonly durationMs: number | null;
  /** ffmpeg's name of the codec, as `h264`. */
  readonly codec: string;
  readonly colours: ColourConversion;
  /** What the stream leaves open of its colours, as options of ffmpeg's `setparams`. */
  readonly assumedColours: readonly string[];
  /** Whether pixels may be transparent. */
  readonly hasAlpha: boolean;
  /** Whether it comes in segments (HLS, DASH), so that many pictures arrive at once. */
  readonly isSegmented: boolean;
}

/** The input has no video that can be decoded; `message` is ffmpeg's last line. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError';
  readonly code: ErrorCode<'ProbeError'> = 'no-video';
  /** Whether the input could be opened. */
  readonly isOpened: boolean;
  constructor(message: string, isOpened = false) {
    super(message);
    this.isOpened = isOpened;
  }
}

export interface ProbeOptions {
  readonly ffmpeg: FfmpegBinary;
  readonly input: Pick<CameraInput, 'input' | 'inputOptions' | 'environment' | 'problem'>;
  readonly timeoutMs: number;
  /** Input options that make it faster. Default: none. */
  readonly haste?: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Input options for live cameras: wait neither for the pictures from which a rate could be
 * estimated nor for those from which the decoding order of H.264 could, ten in all.
 */
export const withoutWaiting = ['-fpsprobesize', '0', '-max_ts_probe', '0'] as const;

/**
 * Input options that look at the first second and a half only. Not enough for a stream that is
 * joined long before its next key picture.
 */
export const briefly = [...withoutWaiting, '-analyzeduration', '1500000'] as const;

/**
 * Reads an input's size, rate and duration from the output of `ffmpeg -i`, which needs no ffprobe.
 *
 * @throws ProbeError without a video, or without an answer within `timeoutMs`; the signal's reason
 * when aborted.
 */
export async function probe(options: ProbeOptions): Promise<VideoInfo> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  const { input, inputOptions, environment, problem } = options.input;
  const args = ['-nostdin', '-hide_banner', ...(options.haste ?? []), ...inputOptions, '-i', input];
  const { path } = options.ffmpeg;
  const child = startFfmpeg({ path, args, environment, signal, stderrMax });
  child.stdout.resume();
  const end = await child.ended;
  options.signal.throwIfAborted();
  if (timeout.aborted)
    throw new ProbeError(problem() ?? `no answer within ${String(options.timeoutMs / 1000)} s`);
  const info = parseVideoInfo(child.stderrTail());
  if (info === null) {
    const known = problem();
    if (known !== null) throw new ProbeError(known);
    const reason = withoutInput(failureReason(child.stderrTail(), end), input);
    // ffmpeg's complaint about the missing output means that it could open the input.
    const opened = /At least one output file/.test(reason);
    throw new ProbeError(opened ? 'it contains no video' : reason, opened);
  }
  return info;
}

/** Enough for recordings with dozens of streams and chapters. */
const stderrMax = 65_536;

/** ffmpeg "decodes" text files as terminal art. */
const textCodecs = /^(ansi|bintext|xbin|idf)\b/;

/** Parses the first video stream in the output of `ffmpeg -i`; null without one. */
export function parseVideoInfo(text: string): VideoInfo | null {
  const lines = text.split(/[\r\n]+/);
  const at = lines.findIndex((line) => / Video: /.test(line) && !line.includes('attached pic'));
  const stream = / Video: (.*)$/.exec(lines[at] ?? '')?.[1];
  if (stream === undefined || textCodecs.test(stream)) return null;
  const size = /, (\d+)x(\d+)(?: \[SAR (\d+):(\d+))?/.exec(stream);
  const storedWidth = Number(size?.[1] ?? 0);
  const storedHeight = Number(size?.[2] ?? 0);
  if (storedWidth === 0 || storedHeight === 0) return null;
  const described = descriptionOf(lines.slice(at + 1));
  const isTurned = isQuarterTurn(described);
  const aspect = pixelAspect(Number(size?.[3] ?? 0), Number(size?.[4] ?? 0));
  const across = isTurned ? storedHeight / aspect : storedWidth * aspect;
  const pixelFormat = /^[^,(]+(?:\([^)]*\)\s*)*, (\w+)/.exec(stream)?.[1] ?? '';
  return {
    width: Math.max(1, Math.round(across)),
    height: isTurned ? storedWidth : storedHeight,
    fps: parseRate(/([\d.]+) fps/.exec(stream)?.[1]),
    durationMs: parseDuration(text),
    codec: /^\w+/.exec(stream)?.[0] ?? '',
    colours: coloursOf(stream),
    assumedColours: assumedColoursOf(stream),
    hasAlpha: alphaFormats.test(pixelFormat) || /^\s*alpha_mode\s*: 1\s*$/im.test(described),
    isSegmented: /^(\[info\] )?Input #0, (hls|dash)/m.test(text),
  };
}

/** Pixel formats with transparency, also by a palette. */
const alphaFormats = /^(yuva\d|gbrap|ya\d|pal8|(rgba|bgra|argb|abgr)(64|$)|rgbaf|vuya|ayuv)/;

/** By the transfer function and the gamut, as in `yuv420p10le(tv, bt2020nc/bt2020/smpte2084)`. */
function coloursOf(stream: string): ColourConversion {
  if (/\b(smpte2084|arib-std-b67)\b/.test(stream)) return 'hdr';
  return /\/bt2020\//.test(stream) ? 'wide' : 'plain';
}

/** Usual values for what is `unknown` of matrix, primaries and transfer of wide colours. */
function assumedColoursOf(stream: string): readonly string[] {
  const names = /\((?:[a-z]+, )?([\w-]+)\/([\w-]+)\/([\w-]+)/.exec(stream)?.slice(1) ?? [];
  const usual = ['colorspace=bt2020nc', 'color_primaries=bt2020', 'color_trc=bt2020-10'];
  return usual.filter((_, i) => names[i] === 'unknown');
}

/** What follows on a stream, up to the next one. */
function descriptionOf(following: readonly string[]): string {
  const next = following.findIndex((line) => /Stream #/.test(line));
  return following.slice(0, next === -1 ? undefined : next).join('\n');
}

/** Whether the side data of a stream rotates it by 90 or 270 degrees. */
function isQuarterTurn(sideData: string): boolean {
  const degrees = Number(/rotation of (-?[\d.]+) degrees/.exec(sideData)?.[1] ?? 0);
  return Math.round(Math.abs(degrees)) % 180 === 90;
}

/** Undoes ffmpeg's rounding to two decimals for broadcast rates, which are multiples of 1/1001. */
function parseRate(text: string | undefined): number | null {
  const fps = Number(text ?? 0);
  if (!(fps > 0 && fps <= 1000)) return null;
  const broadcast = (Math.ceil(fps) * 1000) / 1001;
  return Math.abs(broadcast - fps) < 0.006 ? broadcast : fps;
}

function parseDuration(text: string): number | null {
  const parts = /Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(text);
  if (parts === null) return null;
  return Math.round((Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3])) * 1000);
}

/** Removes the input from a line of ffmpeg: the caller adds what the camera is called. */
export function withoutInput(line: string, input: string): string {
  // Of an address, `failureReason` shows the beginning only.
  return [input, shownAddress(input)].reduce(
    (text, name) => text.replaceAll(`${name}: `, '').replaceAll(name, 'the input'),
    line,
  );
}
