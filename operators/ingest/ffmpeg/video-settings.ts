import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { hasDecoder, hasFilter, turnsByExif } from './ffmpeg-features.ts';
import { sizeInArea, uprightSize, packedLayout, type PixelSize } from './packed-picture.ts';
import type { ColourConversion, PackingGraph, ThinningClock } from './packing-graph.ts';
import type { PictureInfo } from './picture-log.ts';
import { briefly, type VideoInfo } from './probe.ts';
import { viewOf, type ViewPlan } from '../frames/view-plan.ts';
import { isSameView } from '../frames/view-size.ts';
import { fitWithin } from '../pictures/fit-within.ts';

/** Which decoder to use; `auto` leaves the choice of hardware to ffmpeg. */
export type Hardware = 'none' | 'auto' | 'vaapi' | 'cuda' | 'videotoolbox';

/** Options of every source that ffmpeg decodes. */
export interface VideoOptions {
  /** Maximum frames per second. Default: every picture that the source sends. */
  readonly fps?: number;
  /** Longest side of a frame's `full` picture, in pixels. Default 1280. */
  readonly maxSide?: number;
  /** Hardware that decodes; the processor does where that fails. Default `none`. */
  readonly hardware?: Hardware;
}

/** How one ffmpeg decodes an input. */
export interface VideoSettings {
  readonly decoderOptions: readonly string[];
  readonly graph: Omit<PackingGraph, 'layout' | 'hasChecksumOption'>;
  readonly area: PixelSize;
  /** Whether the first picture may show that area or orientation are others. */
  readonly isGuess: boolean;
  /** What cannot be done right, in words for users. */
  readonly warnings: readonly string[];
}

export interface VideoSettingsOptions {
  readonly ffmpeg: FfmpegBinary;
  readonly video: VideoInfo;
  readonly isLive: boolean;
  readonly fps: number | null;
  readonly clock: ThinningClock;
  readonly maxSide: number;
  readonly hardware: Hardware;
}

/**
 * Threads that take a picture each hold it back until all have one: seconds of a slow camera. So
 * all take parts of one picture, of which most cameras make one part, decoded by one thread.
 */
const withoutDelay = ['-thread_type', 'slice'] as const;
/** Each of two threads takes a picture, so that one is late and up to twice as many are decoded. */
const onePictureLate = ['-thread_type', 'frame+slice', '-threads', '2'] as const;
/**
 * HEVC of more pixels a second takes two threads: one decodes 3840 × 2160 at 30 pictures a second
 * at most, of H.264 at three times as many (docs/measurements.md), and scenes can be harder.
 */
const oneThreadPixelsMax = 100_000_000;
/** Where a stream claims no rate. */
const usualFps = 25;

function liveThreads(
  { codec, width, height, fps }: VideoInfo,
  hardware: Hardware,
): readonly string[] {
  const pixelsPerSecond = width * height * (fps ?? usualFps);
  const isSlow = codec === 'hevc' && pixelsPerSecond > oneThreadPixelsMax;
  return isSlow && hardware === 'none' ? onePictureLate : withoutDelay;
}

/** Settings for what the header of a stream tells; a first picture may correct them. */
export async function videoSettings(options: VideoSettingsOptions): Promise<VideoSettings> {
  const { ffmpeg, video, isLive, fps, clock, maxSide, hardware } = options;
  const warnings: string[] = [];
  const isJpeg = /^(mjpeg|jpeg)/.test(video.codec);
  return {
    decoderOptions: [
      ...(isLive ? [...briefly, ...liveThreads(video, hardware)] : []),
      ...(hardware === 'none' ? [] : ['-hwaccel', hardware]),
      ...(await alphaDecoder(ffmpeg, video, warnings)),
    ],
    graph: {
      rate: fps === null ? null : { fps, clock },
      colours: await conversionOf(ffmpeg, video, warnings),
      assumedColours: video.assumedColours,
      hasAlpha: video.hasAlpha,
      orientation: isJpeg && !(await turnsByExif(ffmpeg)) ? 1 : null,
    },
    area: fitWithin(video.width, video.height, maxSide),
    isGuess: true,
    warnings,
  };
}

/**
 * Settings for an input whose first picture is turned or shaped otherwise than its header tells;
 * null where the settings fit. A smaller picture fits where its view is the one that was expected.
 */
export function correctedSettings(
  settings: VideoSettings,
  picture: PictureInfo,
  { maxSide, viewSize }: { readonly maxSide: number; readonly viewSize: ViewPlan },
): VideoSettings | null {
  if (!settings.isGuess) return null;
  const { orientation } = settings.graph;
  const isTurned = orientation !== null && orientation !== picture.orientation;
  // A graph that turns nothing shows the picture as it lies.
  const upright = isTurned && picture.orientation >= 5 ? lyingOn(picture) : picture;
  const { width, height } = uprightSize(upright);
  const area = fitWithin(width, height, maxSide);
  const { area: given } = settings;
  const fitted = sizeInArea(upright, packedLayout(given.width, given.height, 1));
  const fits =
    Math.abs(fitted.width - area.width) <= 1 && Math.abs(fitted.height - area.height) <= 1;
  const [expected, needed] = [given, area].map((each) => viewOf(viewSize, each.width, each.height));
  if (!isTurned && fits && isSameView(expected!, needed!)) return null;
  const graph = isTurned ? { ...settings.graph, orientation: picture.orientation } : settings.graph;
  return { ...settings, graph, area, isGuess: false };
}

function lyingOn(picture: PictureInfo): PictureInfo {
  const { storedWidth, storedHeight, pixelAspect } = picture;
  return {
    ...picture,
    storedWidth: storedHeight,
    storedHeight: storedWidth,
    pixelAspect: 1 / pixelAspect,
  };
}

/** ffmpeg's own decoders of VP8 and VP9 leave out transparency. */
async function alphaDecoder(
  ffmpeg: FfmpegBinary,
  { codec, hasAlpha }: VideoInfo,
  warnings: string[],
): Promise<readonly string[]> {
  const decoder = { vp8: 'libvpx', vp9: 'libvpx-vp9' }[codec];
  if (!hasAlpha || decoder === undefined) return [];
  if (await hasDecoder(ffmpeg, decoder)) return ['-c:v', decoder];
  warnings.push(`its transparency is ignored: this ffmpeg has no ${decoder}`);
  return [];
}

async function conversionOf(
  ffmpeg: FfmpegBinary,
  { colours }: VideoInfo,
  warnings: string[],
): Promise<ColourConversion> {
  if (colours === 'plain' || (await hasFilter(ffmpeg, 'zscale'))) return colours;
  const what = colours === 'hdr' ? 'HDR is not tone-mapped' : 'wide colours are not converted';
  warnings.push(`its ${what}, so that colours are off: this ffmpeg has no zscale`);
  return 'plain';
}
