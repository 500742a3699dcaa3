import type { ErrorCode } from '../../foundation/errors/error-codes.ts';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { lastWords, startFfmpeg } from './ffmpeg-process.ts';

/** What ffmpeg tells about a video before decoding it. */
export interface VideoFacts {
  /** As shown: rotation is already applied, pixel aspect is ignored. */
  readonly width: number;
  readonly height: number;
  readonly fps: number | null;
  /** Null for live streams. */
  readonly durationMs: number | null;
}

/** Nothing in the input can be decoded as moving pictures; `message` is ffmpeg's last line. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError';
  readonly code: ErrorCode<'ProbeError'> = 'no-video';
}

export interface ProbeOptions {
  readonly ffmpeg: FfmpegBinary;
  readonly input: string;
  readonly inputOptions: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks ffmpeg for an input's size, rate and duration. Needs no ffprobe: `ffmpeg -i` prints them.
 *
 * @throws ProbeError where there is no video or no answer within `timeoutMs`; the signal's reason when aborted.
 */
export async function probe(options: ProbeOptions): Promise<VideoFacts> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  const args = ['-nostdin', '-hide_banner', ...options.inputOptions, '-i', options.input];
  const child = startFfmpeg(options.ffmpeg.path, args, signal, stderrMax);
  child.stdout.resume();
  const end = await child.ended;
  options.signal.throwIfAborted();
  if (timeout.aborted)
    throw new ProbeError(`no answer within ${String(options.timeoutMs / 1000)} s`);
  const facts = parseVideoFacts(child.stderrTail());
  if (facts === null) {
    const said = withoutInput(lastWords(child.stderrTail(), end), options.input);
    // What it says after opening an input without fault: nothing was asked of it.
    throw new ProbeError(/At least one output file/.test(said) ? 'there is no video in it' : said);
  }
  return facts;
}

/** Room for what recordings with dozens of streams and chapters make ffmpeg print. */
const stderrMax = 65_536;

/** Text files are "video" to ffmpeg: it renders them as terminal art. */
const textCodecs = /^(ansi|bintext|xbin|idf)\b/;

/** Reads the first real video stream out of what `ffmpeg -i` prints; null where there is none. */
export function parseVideoFacts(text: string): VideoFacts | null {
  const lines = text.split(/[\r\n]+/);
  const at = lines.findIndex((line) => / Video: /.test(line) && !line.includes('attached pic'));
  const stream = / Video: (.*)$/.exec(lines[at] ?? '')?.[1];
  if (stream === undefined || textCodecs.test(stream)) return null;
  const size = /, (\d+)x(\d+)/.exec(stream);
  const width = Number(size?.[1] ?? 0);
  const height = Number(size?.[2] ?? 0);
  if (width === 0 || height === 0) return null;
  const quarter = isQuarterTurn(lines.slice(at + 1));
  return {
    width: quarter ? height : width,
    height: quarter ? width : height,
    fps: rate(/([\d.]+) fps/.exec(stream)?.[1] ?? /([\d.]+) tbr/.exec(stream)?.[1]),
    durationMs: duration(text),
  };
}

/** Looks only at the side data of the stream itself: up to the next stream. */
function isQuarterTurn(following: readonly string[]): boolean {
  const next = following.findIndex((line) => /Stream #/.test(line));
  const own = following.slice(0, next === -1 ? undefined : next).join('\n');
  const degrees = Number(/rotation of (-?[\d.]+) degrees/.exec(own)?.[1] ?? 0);
  return Math.round(Math.abs(degrees)) % 180 === 90;
}

/** Ffmpeg prints two decimals; broadcast rates are fractions over 1001. */
function rate(text: string | undefined): number | null {
  const fps = Number(text ?? 0);
  if (!(fps > 0 && fps <= 1000)) return null;
  const broadcast = (Math.ceil(fps) * 1000) / 1001;
  return Math.abs(broadcast - fps) < 0.006 ? broadcast : fps;
}

function duration(text: string): number | null {
  const parts = /Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(text);
  if (parts === null) return null;
  return Math.round((Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3])) * 1000);
}

/** Ffmpeg begins its last line with the input, which the caller names anyway and which may hold a password. */
function withoutInput(line: string, input: string): string {
  return line.replaceAll(`${input}: `, '').replaceAll(input, 'the input');
}
