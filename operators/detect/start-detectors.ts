import { DetectorPool, type PooledDetector } from './detector-pool.ts';
import type { DetectorOptions } from './detector.ts';
import { SupervisedDetector, type SupervisedDetectorOptions } from './supervised-detector.ts';

/** Most workers that are started where their number is not given: each holds the models. */
export const detectorWorkersMax = 4;

/** The threads of each worker. */
export type DetectorLayout = readonly number[];

/**
 * How a number of threads is best used: one for each of as many frames, up to
 * {@link detectorWorkersMax}, unless the number of workers is given. Each worker has at least one.
 */
export function layoutOf(threads: number, workers: number | 'auto'): DetectorLayout {
  const count = workers === 'auto' ? Math.min(threads, detectorWorkersMax) : workers;
  return Array.from({ length: count }, (_, i) => Math.max(1, Math.floor((threads + i) / count)));
}

/** Starts one detector; by default a supervised one. */
type Start = (options: DetectorOptions) => Promise<PooledDetector>;

/**
 * Starts a detector with this layout. A provider with threads or a device of its own gets one
 * worker. Rejects with the first error of a start, and leaves none open then.
 */
export async function startDetectors(
  options: Omit<DetectorOptions, 'threads'>,
  [threads = 1, ...others]: DetectorLayout,
  supervision: SupervisedDetectorOptions,
  start: Start = (of) => SupervisedDetector.start(of, supervision),
): Promise<PooledDetector> {
  const first = await start({ ...options, threads });
  if (others.length === 0 || first.describe.provider !== 'cpu') return first;
  const rest = await Promise.allSettled(others.map((each) => start({ ...options, threads: each })));
  const started = rest.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = rest.find((each) => each.status === 'rejected');
  if (failed === undefined) return new DetectorPool([first, ...started]);
  await Promise.allSettled([first, ...started].map((detector) => detector.close()));
  throw failed.reason;
}
