import { squareOf } from '../../ingest/frames/view-plan.ts';
import type { ViewSize } from '../../ingest/frames/view-size.ts';
import { builtInSight, cropSize, type Engine } from './engine.ts';

/**
 * A view that costs an engine little, to run it once: the built-in detector takes any canvas,
 * all others their own views only.
 */
export function smallestView({ sight, viewSize }: Pick<Engine, 'sight' | 'viewSize'>): ViewSize {
  return sight.detector === builtInSight.detector ? cropSize : squareOf(viewSize);
}
