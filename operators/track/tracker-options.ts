import { recognitionDefaults, type RecognitionOptions } from './recognise-track.ts';

/** Settings of a tracker. */
export interface TrackerOptions extends RecognitionOptions {
  /** Minimum objectness to start a track and to be matched first. 0 to 1. Default: 0.3. */
  readonly highObjectness: number;
  /** Minimum objectness to prolong a track. 0 to `highObjectness`. Default: 0.12. */
  readonly lowObjectness: number;
  /** Minimum IoU of a high observation with the predicted box. 0 to 1. Default: 0.25. */
  readonly highOverlap: number;
  /** The same for a low observation, which is less reliable. 0 to 1. Default: 0.4. */
  readonly lowOverlap: number;
  /** Share of its sides that a box grows by in the third matching round. 0 to 2. Default: 0.5. */
  readonly buffer: number;
  /** Minimum IoU of the grown boxes in that round. 0 to 1. Default: 0.2. */
  readonly bufferedOverlap: number;
  /** Hits that confirm a track. ≥ 1. Default: 3. */
  readonly minHits: number;
  /** Consecutive frames that an unconfirmed track may miss. ≥ 0. Default: 1. */
  readonly tentativeMisses: number;
  /** A confirmed track ends when missed for longer than this, in ms … ≥ 0. Default: 1000. */
  readonly lostMs: number;
  /** … and for more than this many frames, which keeps tracks of slow cameras. ≥ 0. Default: 3. */
  readonly lostFrames: number;
  /**
   * Frames in which nothing moves may be left out for this long, in ms: nothing in them is missed,
   * and nothing has moved meanwhile. ≥ 0. Default: 0.
   */
  readonly stillMs: number;
  /** Id of the first track, an integer. Default: 1. */
  readonly firstId: number;
  /** Maximum number of live tracks; further ones are refused and counted. ≥ 1. Default: 128. */
  readonly tracksMax: number;
  /** Weight of the newest frame in smoothed scores. Above 0, at most 1. Default: 0.2. */
  readonly smoothing: number;
  /** A track that only tiles show is carried on for this long after the last one. Default: 2000. */
  readonly carryMs: number;
}

export const trackerDefaults: TrackerOptions = {
  ...recognitionDefaults,
  learnedShare: 0.8,
  highObjectness: 0.3,
  lowObjectness: 0.12,
  highOverlap: 0.25,
  lowOverlap: 0.4,
  buffer: 0.5,
  bufferedOverlap: 0.2,
  minHits: 3,
  tentativeMisses: 1,
  lostMs: 1000,
  lostFrames: 3,
  stillMs: 0,
  firstId: 1,
  tracksMax: 128,
  smoothing: 0.2,
  carryMs: 2000,
};
