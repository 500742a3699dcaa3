import ffmpeg from 'fluent-ffmpeg';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { startFfmpeg, type FfmpegProcess } from './ffmpeg-process.ts';
import type { CameraInput } from '../relay/camera-input.ts';
import type { PackedLayout } from './packed-picture.ts';

export interface RawVideoOptions {
  readonly ffmpeg: FfmpegBinary;
  readonly input: Pick<CameraInput, 'input' | 'inputOptions' | 'environment'>;
  readonly layout: PackedLayout;
  /** Rate to drop frames down to; null keeps every frame. */
  readonly fps: number | null;
  readonly signal: AbortSignal;
}

/** The method with which fluent-ffmpeg's `run()` builds the arguments; its types omit it. */
interface ArgumentBuilder {
  _getArguments(): string[];
}

/**
 * Starts an ffmpeg that writes each decoded frame exactly once to stdout, as RGB pictures in the
 * given {@link PackedLayout}.
 *
 * fluent-ffmpeg only composes the arguments. Its own runner crashes the program when the process
 * cannot be started, runs a second ffmpeg to list encoders, and supports no AbortSignal.
 */
export function openRawVideo(options: RawVideoOptions): FfmpegProcess {
  const { input, inputOptions, environment } = options.input;
  const command = ffmpeg(input)
    .inputOptions([...quiet, ...oneFilterThread, ...inputOptions])
    .complexFilter(packingFilter(options.layout, options.fps), 'packed')
    .outputOptions(['-an', '-sn', ...everyFrameOnce(options.ffmpeg)])
    .format('rawvideo')
    .output('pipe:1');
  const args = (command as unknown as ArgumentBuilder)._getArguments();
  const { ffmpeg: binary, signal } = options;
  return startFfmpeg({ path: binary.path, args, environment, signal });
}

const quiet = ['-nostdin', '-hide_banner', '-loglevel', 'error'];

/** Slicing pictures over one thread per core costs more than the scaling, and slows detection. */
const oneFilterThread = ['-filter_complex_threads', '1'];

/** By default, ffmpeg duplicates and drops frames of recordings with a variable rate. */
function everyFrameOnce(binary: FfmpegBinary): string[] {
  return binary.hasFpsMode ? ['-fps_mode', 'passthrough'] : ['-vsync', '0'];
}

/**
 * The filter graph that scales, pads and stacks both pictures. `V` excludes cover art. Both are
 * scaled from the decoded frame, so that neither is resampled twice.
 */
function packingFilter(layout: PackedLayout, fps: number | null): string {
  const { fullWidth, fullHeight, viewSize, canvasWidth } = layout;
  const viewShrinks = viewSize <= fullWidth && viewSize <= fullHeight;
  const rate = fps === null ? '' : `fps=${String(fps)},`;
  const full = `scale=${String(fullWidth)}:${String(fullHeight)}:flags=bicubic,format=rgb24`;
  const view = `scale=${String(viewSize)}:${String(viewSize)}:flags=${viewShrinks ? 'area' : 'bicubic'},format=rgb24`;
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
