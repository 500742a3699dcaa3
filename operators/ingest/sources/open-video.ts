import type { ErrorCode } from '../../foundation/errors/error-codes.ts';
import { catchError, concatAll, from, switchMap, type Observable } from 'rxjs';
import { decodeVideo, DecodeError } from '../ffmpeg/decode-video.ts';
import type { FfmpegBinary } from '../ffmpeg/ffmpeg-binary.ts';
import { uprightSize } from '../ffmpeg/packed-picture.ts';
import type { ThinningClock } from '../ffmpeg/packing-graph.ts';
import type { PictureInfo } from '../ffmpeg/picture-log.ts';
import { briefly, probe, ProbeError, withoutWaiting, type VideoInfo } from '../ffmpeg/probe.ts';
import type { SilenceLimits } from '../ffmpeg/stall-limit.ts';
import {
  correctedSettings,
  videoSettings,
  type Hardware,
  type VideoOptions,
  type VideoSettings,
} from '../ffmpeg/video-settings.ts';
import type { FrameNumbering } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { defaultMaxSide } from '../pictures/fit-within.ts';
import type { CameraInput } from '../relay/camera-input.ts';
import { fromTask } from './from-task.ts';
import type { SourceContext } from '../source.ts';

/** What decodes one source: hardware is given up for good where it fails and software does not. */
export class DecoderChoice {
  hardware: Hardware;
  /** What it was before it failed; null while it has not. */
  failed: Hardware | null = null;
  /** Whether software has yet to show that it does better than the hardware that failed. */
  isOnTrial = false;
  #isWarned = false;

  constructor(hardware: Hardware = 'none') {
    this.hardware = hardware;
  }

  giveUp(): void {
    this.failed = this.hardware;
    this.hardware = 'none';
    this.isOnTrial = true;
  }

  /** Takes the hardware again that was given up. */
  restore(): void {
    this.hardware = this.failed ?? 'none';
    this.failed = null;
    this.isOnTrial = false;
  }

  /** Why this ffmpeg should read nothing from a network, the first time that it is asked for. */
  takeWarning({ warning }: Pick<FfmpegBinary, 'warning'>): string | null {
    if (this.#isWarned) return null;
    this.#isWarned = true;
    return warning;
  }

  /** The decoder in words. */
  get description(): string {
    if (this.hardware === 'auto') return 'hardware decoding where ffmpeg finds any';
    if (this.hardware !== 'none') return `hardware decoding by ${this.hardware}`;
    if (this.failed !== null) return `software decoding, because ${this.failed} failed`;
    return 'software decoding';
  }
}

export interface OpenVideoOptions {
  readonly ffmpeg: FfmpegBinary;
  /** The source in messages: nothing in it is secret. */
  readonly label: string;
  /** Opens what one ffmpeg reads; called for each ffmpeg. */
  readonly open: () => Promise<CameraInput>;
  /** Options of ffmpeg for decoding, beside those of the input. Default: none. */
  readonly decodingOptions?: readonly string[];
  /** Longest time to probe, in ms. */
  readonly probeMs: number;
  readonly isLive: boolean;
  /** The time that thins its pictures. */
  readonly clockOf: (video: VideoInfo) => ThinningClock;
  readonly limits: Pick<SilenceLimits, 'openMs' | 'stallMs'> | null;
  readonly video: VideoOptions;
  readonly numberingOf: (video: VideoInfo) => FrameNumbering;
  readonly hardware: DecoderChoice;
  readonly context: SourceContext;
  readonly signal: AbortSignal;
}

/** The first picture shows that the input has to be decoded with other settings. */
class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code: ErrorCode<'SettingsError'> = 'other-shape';
  readonly settings: VideoSettings;
  constructor(settings: VideoSettings) {
    super('other settings');
    this.settings = settings;
  }
}

/**
 * Probes an input, and returns its frames: each subscription opens it and decodes it once more.
 *
 * The first subscription's first picture is reported as `opened`. Where that picture shows that the
 * header was wrong about its shape, or hardware fails before it, the input is opened again.
 *
 * @throws ProbeError as `probe` does; the signal's reason when aborted.
 */
export async function openVideo(options: OpenVideoOptions): Promise<Observable<Frame>> {
  const { ffmpeg, open, context, hardware, isLive } = options;
  const { fps = null, maxSide = defaultMaxSide } = options.video;
  const { viewSize } = context;
  const warning = options.label.includes('://') ? hardware.takeWarning(ffmpeg) : null;
  if (warning !== null) context.onEvent({ type: 'notice', text: `${options.label}: ${warning}` });
  const video = await probeInput(options);
  const clock = options.clockOf(video);
  const settingsNow = () =>
    videoSettings({ ffmpeg, video, isLive, fps, clock, maxSide, hardware: hardware.hardware });
  let settings = await settingsNow();
  const numbering = options.numberingOf(video);
  const limits = options.limits === null ? null : { ...options.limits, fps };
  let isReported = false;
  const onFirst = (picture: PictureInfo): Error | null => {
    const corrected = correctedSettings(settings, picture, { maxSide, viewSize });
    if (corrected !== null) return new SettingsError(corrected);
    hardware.isOnTrial = false;
    if (!isReported) reportOpened(options, settings, video, picture);
    isReported = true;
    return null;
  };
  const attempt = (): Observable<Frame> =>
    fromTask<Observable<Frame>>(async (emit, ended) => {
      const input = await open();
      if (ended.aborted) input.close();
      ended.throwIfAborted();
      // Segments are decoded far faster than they were taken.
      const pacing = isLive && video.isSegmented ? ['-re'] : [];
      const own = options.decodingOptions ?? [];
      const inputOptions = [...input.inputOptions, ...own, ...pacing];
      const { decoderOptions, graph, area } = settings;
      const decoding = { ffmpeg, decoderOptions, graph, area, numbering, limits, onFirst };
      emit(decodeVideo(context, { ...decoding, input: { ...input, inputOptions } }));
    }).pipe(
      concatAll(),
      catchError((error: unknown) => {
        if (error instanceof SettingsError) {
          settings = error.settings;
          return attempt();
        }
        const isHardware = hardware.hardware !== 'none' && error instanceof DecodeError;
        if (!isHardware || error.framesRead > 0) {
          // Software did no better: the camera is to blame, not the hardware.
          if (hardware.isOnTrial) hardware.restore();
          throw error;
        }
        hardware.giveUp();
        return from(settingsNow()).pipe(
          switchMap((software) => {
            settings = software;
            return attempt();
          }),
        );
      }),
    );
  return attempt();
}

/** Looks at the input, at a live one only briefly unless that is too short to find its video. */
async function probeInput(options: OpenVideoOptions): Promise<VideoInfo> {
  const { ffmpeg, open, probeMs: timeoutMs, isLive, signal } = options;
  const look = async (haste: readonly string[]): Promise<VideoInfo> => {
    const input = await open();
    return probe({ ffmpeg, input, timeoutMs, haste, signal }).finally(input.close);
  };
  if (!isLive) return look([]);
  return look(briefly).catch((error: unknown) => {
    if (error instanceof ProbeError && error.isOpened) return look(withoutWaiting);
    throw error;
  });
}

function reportOpened(
  options: OpenVideoOptions,
  settings: VideoSettings,
  video: VideoInfo,
  picture: PictureInfo,
): void {
  const { ffmpeg, label, hardware, context } = options;
  const { width, height } = uprightSize(picture);
  const warnings = [...settings.warnings];
  if (hardware.failed !== null) {
    warnings.push(`${hardware.failed} cannot decode it, so that the processor does`);
  }
  const { fps = null } = options.video;
  const rate = video.fps === null || fps === null ? video.fps : Math.min(fps, video.fps);
  const note = warnings.map((warning) => `; warning: ${warning}`).join('');
  context.onEvent({
    type: 'opened',
    detail: `${label} ${width}×${height} (${ffmpeg.description}, ${hardware.description})${note}`,
    width,
    height,
    fps: rate,
  });
}
