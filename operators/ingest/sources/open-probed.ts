import type { FfmpegBinary } from '../ffmpeg/ffmpeg-binary.ts';
import { probe, type VideoInfo } from '../ffmpeg/probe.ts';
import type { CameraInput } from '../relay/camera-input.ts';
import type { SourceContext } from '../source.ts';

export interface OpenProbedOptions {
  readonly ffmpeg: FfmpegBinary;
  /** The source in messages: nothing in it is secret. */
  readonly label: string;
  /** Opens what one ffmpeg reads. */
  readonly open: () => Promise<CameraInput>;
  /** Longest time to probe, in ms. */
  readonly timeoutMs: number;
  /** Rate at which frames are emitted. Default: the video's. */
  readonly fpsOf?: (video: VideoInfo) => number | null;
  readonly context: Pick<SourceContext, 'onEvent'>;
  readonly signal: AbortSignal;
}

/**
 * Probes an input, reports that it opened, and opens it once more for the ffmpeg that decodes it.
 *
 * @throws ProbeError as `probe` does; the signal's reason when aborted.
 */
export async function openProbed(
  options: OpenProbedOptions,
): Promise<{ readonly video: VideoInfo; readonly input: CameraInput }> {
  const { ffmpeg, label, open, timeoutMs, fpsOf, context, signal } = options;
  const probed = await open();
  const video = await probe({ ffmpeg, input: probed, timeoutMs, signal }).finally(probed.close);
  const input = await open();
  if (signal.aborted) input.close();
  signal.throwIfAborted();
  const { width, height } = video;
  context.onEvent({
    type: 'opened',
    detail: `${label} ${width}×${height} (${ffmpeg.description})`,
    width,
    height,
    fps: fpsOf === undefined ? video.fps : fpsOf(video),
  });
  return { video, input };
}
