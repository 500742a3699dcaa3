import type { CandidateMaps } from './candidate-maps.ts';
import type { DenseMaps } from './engine.ts';

/** The maps as those of the built-in detector. Throws a RangeError for candidates of another. */
export function gridOf(maps: DenseMaps | CandidateMaps): DenseMaps {
  if (maps.kind === 'grid') return maps;
  throw new RangeError('expected maps of the built-in detector, not candidates of another one');
}
