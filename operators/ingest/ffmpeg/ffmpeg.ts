import ffmpeg from 'fluent-ffmpeg';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { startFfmpeg, type FfmpegProcess } from './ffmpeg-process.ts';
import type { PackedLayout } from './packed-picture.ts';

export interface RawVideoOptions {
  readonly ffmpeg: FfmpegBinary;
  readonly input: string;
  readonly inputOptions: readonly string[];
  readonly layout: PackedLayout;
  /** Frames a second to thin the video out to; null leaves every frame. */
  readonly fps: number | null;
  readonly signal: AbortSignal;
}

/** What fluent-ffmpeg's `run()` calls to turn a command into arguments; its types leave it out. */
interface Composed {
  _getArguments(): string[];
}

/**
 * Starts decoding: stdout carries pictures as {@link PackedLayout} lays them out, RGB,
 * each decoded frame exactly once.
 *
 * fluent-ffmpeg composes the command but does not run it: its own runner crashes the
 * program when the operating system refuses a process, starts a second ffmpeg to list
 * encoders and knows no AbortSignal.
 */
export function openRawVideo(options: RawVideoOptions): FfmpegProcess {
  const command = ffmpeg(options.input)
    .inputOptions([...quiet, ...oneFilterThread, ...options.inputOptions])
    .complexFilter(packingFilter(options.layout, options.fps), 'packed')
    .outputOptions(['-an', '-sn', ...everyFrameOnce(options.ffmpeg)])
    .format('rawvideo')
    .output('pipe:1');
  const args = (command as unknown as Composed)._getArguments();
  return startFfmpeg(options.ffmpeg.path, args, options.signal);
}

const quiet = ['-nostdin', '-hide_banner', '-loglevel', 'error'];

/** Slices of a picture handed to a thread a core cost more than scaling it, and wake the core that detects. */
const oneFilterThread = ['-filter_complex_threads', '1'];

/** Without it ffmpeg repeats and drops frames of recordings whose rate varies. */
function everyFrameOnce(binary: FfmpegBinary): string[] {
  return binary.knowsFpsMode ? ['-fps_mode', 'passthrough'] : ['-vsync', '0'];
}

/** `V` leaves out cover art. Both pictures are stretched from the decoded frame: no scaling of scaled ones. */
function packingFilter(layout: PackedLayout, fps: number | null): string {
  const { fullWidth, fullHeight, viewSize, canvasWidth } = layout;
  const smaller = viewSize <= fullWidth && viewSize <= fullHeight;
  const rate = fps === null ? '' : `fps=${String(fps)},`;
  const full = `scale=${String(fullWidth)}:${String(fullHeight)}:flags=bicubic,format=rgb24`;
  const view = `scale=${String(viewSize)}:${String(viewSize)}:flags=${smaller ? 'area' : 'bicubic'},format=rgb24`;
  return [
    `[0:V:0]${rate}split[a][b]`,
    `[a]${full}${pad(fullWidth, canvasWidth)}[full]`,
    `[b]${view}${pad(viewSize, canvasWidth)}[view]`,
    `[full][view]vstack[packed]`,
  ].join(';');
}

function pad(width: number, canvasWidth: number): string {
  return width === canvasWidth ? '' : `,pad=${String(canvasWidth)}:ih`;
}
