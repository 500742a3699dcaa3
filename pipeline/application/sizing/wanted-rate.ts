import type { Source } from '../../../operators/ingest/source.ts';
import type { CameraConfig } from '../../configuration/config.ts';

/**
 * Frames per second that a camera without `fps` is granted: enough to follow people and cars, and
 * about what surveillance cameras send for detection. What it sends beyond is welcome, not wanted.
 */
export const assumedFps = 10;

/** What the cameras ask of the detector. */
export interface WantedRate {
  /** Frames per second of each camera. */
  readonly perCamera: readonly number[];
}

/**
 * The rate that the detector is to hold; null where its size is not to be measured: frames that
 * wait for the detector are to give the same on every machine, and so is the simulated world.
 */
export function wantedRate(
  cameras: readonly { readonly source: Pick<Source, 'kind'>; readonly config: CameraConfig }[],
): WantedRate | null {
  const isLive = cameras.every(({ config }) => config.pace === 'live');
  const isReal = cameras.some(({ source }) => source.kind !== 'world');
  if (!isLive || !isReal) return null;
  return { perCamera: cameras.map(({ config }) => config.fps ?? assumedFps) };
}

/**
 * Whether the detector may take the whole machine: all frames wait for it, and none waits for what
 * the one before leads to, as in lockstep.
 */
export function isAtFullSpeed(
  cameras: readonly { readonly config: Pick<CameraConfig, 'pace'> }[],
  { inStep }: { readonly inStep: boolean },
): boolean {
  return !inStep && cameras.every(({ config }) => config.pace === 'demand');
}

/** All cameras together, in frames per second. */
export function totalFps({ perCamera }: WantedRate): number {
  return perCamera.reduce((sum, fps) => sum + fps, 0);
}

/** The cameras in words: `2 cameras at 5 fps`. */
export function describeRate(wanted: WantedRate): string {
  const { perCamera } = wanted;
  const count = perCamera.length === 1 ? '1 camera' : `${perCamera.length} cameras`;
  const isSame = perCamera.every((fps) => fps === perCamera[0]);
  const fps = Number((isSame ? (perCamera[0] ?? 0) : totalFps(wanted)).toFixed(1));
  return isSame ? `${count} at ${fps} fps` : `${count} at ${fps} fps together`;
}
