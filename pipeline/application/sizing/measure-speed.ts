import type { DetectorFrame } from '../../../operators/detect/detector.ts';
import type { Detection } from '../../../operators/detect/detector-messages.ts';
import { viewBytes, type ViewSize } from '../../../operators/ingest/frames/view-size.ts';
import { speedBetween, type DetectorSpeed } from './choose-size.ts';

/** The sides that are measured; the rest lie between them. */
export const measuredSides = { small: 320, large: 512 } as const;

/** What is timed. */
export interface TimedDetector {
  /** Frames that are detected at once. */
  readonly parallel: number;
  detect(frame: DetectorFrame): Promise<Detection>;
}

export interface MeasureOptions {
  /** Threads that the detector was started with, in all. */
  readonly threads: number;
  /** `performance.now()` by which to end; at least one run of each side is made. */
  readonly untilMs: number;
  /** Most runs of a side. Default: 3. */
  readonly runs?: number;
  /** Default: {@link measuredSides}. */
  readonly sides?: { readonly small: number; readonly large: number };
}

/**
 * Times a started detector on a picture of noise. What it finds there takes no less time than what
 * it finds in a real one: its graph does the same for every picture.
 */
export async function measureSpeed(
  detector: TimedDetector,
  { threads, untilMs, runs = 3, sides = measuredSides }: MeasureOptions,
): Promise<DetectorSpeed> {
  // The first run at a size plans memory.
  const small = { side: sides.small, ms: await leastMs(detector, sides.small, runs, untilMs) };
  const large = { side: sides.large, ms: await leastMs(detector, sides.large, runs, untilMs) };
  return speedBetween(threads, small, large);
}

/**
 * The least time per frame at one size, in ms, since other work only adds to it: of the first one,
 * which plans memory as well, and of up to `runs` more until `untilMs` of `performance.now()`. For
 * frames that are detected at once, that is their time divided by their number.
 */
export async function leastMs(
  detector: TimedDetector,
  viewSize: ViewSize,
  runs: number,
  untilMs: number,
): Promise<number> {
  const view = noise(viewSize);
  let ms = await msPerFrame(detector, { view, viewSize });
  for (let run = 0; run < runs && performance.now() < untilMs; run++) {
    ms = Math.min(ms, await msPerFrame(detector, { view, viewSize }));
  }
  return ms;
}

/** Detects as many frames as the detector takes at once. */
async function msPerFrame(detector: TimedDetector, frame: DetectorFrame): Promise<number> {
  const { parallel } = detector;
  const all = await Promise.all(Array.from({ length: parallel }, () => detector.detect(frame)));
  return Math.max(...all.map(({ detectMs }) => detectMs)) / parallel;
}

/** In shared memory, as views of frames are. */
function noise(viewSize: ViewSize): Uint8Array {
  const view = new Uint8Array(new SharedArrayBuffer(viewBytes(viewSize)));
  let state = 1;
  for (let i = 0; i < view.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    view[i] = state >>> 24;
  }
  return view;
}
