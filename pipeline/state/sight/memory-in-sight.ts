import { isSameSight, type VectorSight } from '../../../operators/detect/engines/sight.ts';
import type { Sample, SampleMemory } from '../../../operators/remember/sample.ts';

/** The samples of a memory whose vectors the models in use made: those that can be learned. */
export interface SeenMemory extends Pick<SampleMemory, 'get' | 'values'> {
  /** Whether a sample, in the memory or not, is such a one. */
  readonly sees: (sample: Pick<Sample, 'sight'>) => boolean;
}

/** A view of the memory; samples of other models stay in it, set aside. */
export function memoryInSight(
  memory: Pick<SampleMemory, 'get' | 'values'>,
  sight: VectorSight,
): SeenMemory {
  const sees = (sample: Pick<Sample, 'sight'>): boolean => isSameSight(sample.sight, sight);
  return {
    sees,
    get: (id) => {
      const sample = memory.get(id);
      return sample !== undefined && sees(sample) ? sample : undefined;
    },
    *values() {
      for (const sample of memory.values()) if (sees(sample)) yield sample;
    },
  };
}
