import { describeRate, totalFps, type WantedRate } from './wanted-rate.ts';

/**
 * Sides of the detector's input that `auto` chooses from, in pixels. Below 320 too little is found,
 * above 512 the built-in detector finds no more: docs/decisions/0042.
 */
export const candidateSides = [320, 352, 384, 416, 448, 480, 512] as const;

/**
 * What the detector may take, the rest being for all else. Its own time: frames of several cameras
 * come at once, and a busy detector lets them wait. The processor: decoding, tracking, crops,
 * pictures and learning need about as much as the detector.
 */
const headRoom = {
  /** Share of the time in which the detector works. */
  busyMax: 0.6,
  /** Share of all cores that its threads take on average. */
  coresMax: 0.5,
} as const;

/**
 * Frames per second that leave the {@link headRoom}, if a detection takes `ms` on these threads of
 * a machine with these cores.
 */
export function roomFps(ms: number, threads: number, cores: number): number {
  // A thread beyond the cores takes none.
  const coresPerThread = cores / Math.min(threads, cores);
  return (1000 / ms) * Math.min(headRoom.busyMax, headRoom.coresMax * coresPerThread);
}

/**
 * The time of a frame as a line over the pixels of the input: where several are detected at once,
 * their time divided by their number.
 */
export interface DetectorSpeed {
  readonly threads: number;
  /** Of no pixels; may be negative. */
  readonly baseMs: number;
  readonly msPerPixel: number;
}

export interface SizeChoice {
  readonly side: number;
  readonly threads: number;
  /** Time of a frame at this side, in ms, see {@link DetectorSpeed}. */
  readonly ms: number;
  /** Share of the detector's time that the wanted rate takes; above 1 it cannot be held. */
  readonly busy: number;
  /** Whether the wanted rate leaves the head-room. */
  readonly holds: boolean;
}

/**
 * The line through two measured sides. Where the larger was faster, the smaller was disturbed: then
 * time grows with the pixels of the larger.
 */
export function speedBetween(
  threads: number,
  small: { readonly side: number; readonly ms: number },
  large: { readonly side: number; readonly ms: number },
): DetectorSpeed {
  if (large.ms < small.ms) {
    return { threads, baseMs: 0, msPerPixel: large.ms / large.side ** 2 };
  }
  const msPerPixel = (large.ms - small.ms) / (large.side ** 2 - small.side ** 2);
  return { threads, baseMs: small.ms - msPerPixel * small.side ** 2, msPerPixel };
}

export function msAt({ baseMs, msPerPixel }: DetectorSpeed, side: number): number {
  // The base is negative where time grows faster than pixels, as it does beyond a cache.
  return Math.max(0, baseMs + msPerPixel * side ** 2);
}

export interface ChooseSizeOptions {
  readonly wanted: WantedRate;
  readonly cores: number;
  /** Default: {@link candidateSides}. */
  readonly sides?: readonly number[];
}

/**
 * The largest side that holds the wanted rate with head-room, on the fewest threads that do. Where
 * none holds it: the smallest side, on the threads that are fastest at it.
 */
export function chooseSize(
  speeds: readonly DetectorSpeed[],
  options: ChooseSizeOptions,
): SizeChoice {
  const sides = (options.sides ?? candidateSides).toSorted((a, b) => b - a);
  const all = sides.flatMap((side) =>
    [...speeds]
      .sort((a, b) => a.threads - b.threads)
      .map((speed) => choiceOf(speed, side, options)),
  );
  const first = all.find(({ holds }) => holds);
  if (first !== undefined) return first;
  const smallest = all.filter(({ side }) => side === sides.at(-1));
  return smallest.reduce((best, each) => (each.ms < best.ms ? each : best));
}

function choiceOf(
  speed: DetectorSpeed,
  side: number,
  { wanted, cores }: ChooseSizeOptions,
): SizeChoice {
  const ms = msAt(speed, side);
  const fps = totalFps(wanted);
  const holds = fps <= roomFps(ms, speed.threads, cores);
  return { side, threads: speed.threads, ms, busy: (fps * ms) / 1000, holds };
}

/** The choice in one line, for the log. */
export function describeChoice(
  { side, threads, ms, busy }: SizeChoice,
  wanted: WantedRate,
): string {
  const rate = describeRate(wanted);
  const uses = wanted.perCamera.length === 1 ? 'uses' : 'use';
  return (
    `detector ${side} px, ${threads} ${threads === 1 ? 'thread' : 'threads'}: ` +
    `${ms.toFixed(ms < 10 ? 1 : 0)} ms a frame; ${rate} ${uses} ${Math.round(100 * busy)} % of it`
  );
}
