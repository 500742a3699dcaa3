import ffmpeg from 'fluent-ffmpeg';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { startFfmpeg, type FfmpegProcess } from './ffmpeg-process.ts';
import type { CameraInput } from '../relay/camera-input.ts';
import { packingGraph, type PackingGraph } from './packing-graph.ts';
import type { PictureLog } from './picture-log.ts';

export interface RawVideoOptions {
  readonly ffmpeg: FfmpegBinary;
  readonly input: Pick<CameraInput, 'input' | 'inputOptions' | 'environment'>;
  /** Options of the decoder, as `-hwaccel vaapi`. */
  readonly decoderOptions: readonly string[];
  readonly graph: Omit<PackingGraph, 'hasChecksumOption'>;
  /** Receives the descriptions of the pictures. */
  readonly log: PictureLog;
  readonly signal: AbortSignal;
}

/** The method with which fluent-ffmpeg's `run()` builds the arguments; its types omit it. */
interface ArgumentBuilder {
  _getArguments(): string[];
}

/**
 * Starts an ffmpeg that writes each decoded frame exactly once to stdout, as RGB pictures in the
 * given layout, and describes it in its log before.
 *
 * fluent-ffmpeg only composes the arguments. Its own runner crashes the program when the process
 * cannot be started, runs a second ffmpeg to list encoders, and supports no AbortSignal.
 */
export function openRawVideo(options: RawVideoOptions): FfmpegProcess {
  const { ffmpeg: binary, log, signal } = options;
  const { input, inputOptions, environment } = options.input;
  const graph = packingGraph({ ...options.graph, hasChecksumOption: binary.release >= 5 });
  const command = ffmpeg(input)
    .inputOptions([...quiet, ...oneFilterThread, ...options.decoderOptions, ...inputOptions])
    .complexFilter(graph, 'packed')
    .outputOptions(['-an', '-sn', ...everyFrameOnce(binary)])
    .format('rawvideo')
    .output('pipe:1');
  const args = (command as unknown as ArgumentBuilder)._getArguments();
  const onLine = (line: string): string | null => {
    log.read(line);
    return problemIn(line);
  };
  return startFfmpeg({ path: binary.path, args, environment, signal, onLine });
}

/** Descriptions of pictures have the level `info`; each line begins with its level. */
const quiet = ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'level+info'];

/** Slicing pictures over one thread per core costs more than the scaling, and slows detection. */
const oneFilterThread = ['-filter_complex_threads', '1'];

/** By default, ffmpeg duplicates and drops frames of recordings with a variable rate. */
function everyFrameOnce(binary: FfmpegBinary): string[] {
  return binary.hasFpsMode ? ['-fps_mode', 'passthrough'] : ['-vsync', '0'];
}

/** A line that tells of an error, without its level; null for other lines. */
function problemIn(line: string): string | null {
  const parts = /^((?:\[[^\]]* @ [^\]]*\] )*)\[(?:error|fatal|panic)\] (.*)$/.exec(line);
  if (parts === null) return null;
  const [, context = '', text = ''] = parts;
  return context + text;
}
