/** What every source that ffmpeg decodes can be told. */
export interface VideoOptions {
  /** Frames a second at most. Default: as many as there are. */
  readonly fps?: number;
  /** Longest side of a frame's `full` picture, in pixels. Default 1280. */
  readonly maxSide?: number;
}

/** The rate for ffmpeg's filter; null where the video is slower anyway, which the filter would fill up with copies. */
export function rateLimit(wanted: number | undefined, videoFps: number | null): number | null {
  if (wanted === undefined) return null;
  return videoFps !== null && videoFps <= wanted ? null : wanted;
}
