import { defer, map, type OperatorFunction } from 'rxjs';
import type { TrackedFrame } from '../track/track.ts';
import type { Discoverer } from './discoverer.ts';
import type { DiscoveredFrame } from './unknown.ts';

/**
 * Adds the unknown objects to every frame, and the subset of them to sample.
 *
 * `createDiscoverer` is called once per subscription; a caller that labels clusters keeps a
 * reference: `discover(() => discoverer)`. Frames are emitted synchronously and keep their pixels.
 *
 * @example
 * import { discover, Discoverer } from 'lifelens';
 *
 * // After trackAndEmbed: an object without a crop embedding is never an unknown one.
 * const discoverer = new Discoverer({ samplesPerMinute: 30 });
 * const unknowns = discover(() => discoverer);
 */
export function discover(
  createDiscoverer: () => Pick<Discoverer, 'update'>,
): OperatorFunction<TrackedFrame, DiscoveredFrame> {
  return (frames) =>
    defer(() => {
      const discoverer = createDiscoverer();
      return frames.pipe(map((tracked) => ({ ...tracked, ...discoverer.update(tracked) })));
    });
}
