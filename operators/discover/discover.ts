import { defer, map, type OperatorFunction } from 'rxjs';
import type { TrackedFrame } from '../track/track.ts';
import type { Discoverer } from './discoverer.ts';
import type { DiscoveredFrame } from './unknown.ts';

/**
 * Adds to every frame the unknown objects in it and those of them that deserve a sample.
 *
 * Every subscription asks `createDiscoverer` for one of its own; whoever passes on what
 * people say of clusters keeps hold of it: `discover(() => discoverer)`. Frames are passed
 * on within the call that brought them, and own their pixels as before.
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
