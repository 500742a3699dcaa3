import type { Box } from '../foundation/geometry/box.ts';
import type { Sample, SampleMemory } from '../remember/sample.ts';
import type { LabelTarget } from './label-command.ts';
import { LabelError } from './label-error.ts';

/** Where a sample is to be taken. */
export interface SampleSpot {
  readonly camera: string;
  readonly box: Box;
  /** Index of the frame; absent: the camera's newest. */
  readonly frame?: number;
  /** Whether the box is the detector's rather than drawn by hand. Default: false. */
  readonly proposed?: boolean;
}

/** What {@link findSamples} looks targets up in. */
export interface SampleLookup {
  readonly memory: SampleMemory;
  /** The cluster that one has been merged into; itself where it has not. */
  readonly resolveCluster: (clusterId: string) => string;
  /** Takes a sample that is not in the memory yet. Rejects with a {@link LabelError}. */
  readonly sampleAt: (spot: SampleSpot) => Promise<Sample>;
  /** The box of a track in its camera's newest frame. Throws a {@link LabelError}. */
  readonly boxOfTrack: (camera: string, trackId: number) => Box;
}

/**
 * Finds the samples that a label is for, or takes one where the target is a box, or a track
 * without samples. Rejects with a {@link LabelError} where there is nothing at the target.
 */
export async function findSamples(
  target: LabelTarget,
  { memory, resolveCluster, sampleAt, boxOfTrack }: SampleLookup,
): Promise<readonly Sample[]> {
  if ('sampleId' in target) {
    const sample = memory.get(target.sampleId);
    if (sample !== undefined) return [sample];
    const message = `sample ${target.sampleId} is not in memory (any more)`;
    throw new LabelError('unknown-target', message);
  }
  if ('clusterId' in target) {
    const wanted = resolveCluster(target.clusterId);
    const found = [...memory.values()].filter(
      ({ clusterId }) => resolveCluster(clusterId) === wanted,
    );
    if (found.length > 0) return found;
    const message = `no sample of cluster ${target.clusterId} is in memory`;
    throw new LabelError('unknown-target', message);
  }
  if ('box' in target) return [await sampleAt(target)];
  const { camera, trackId } = target;
  const own = [...memory.values()].filter(
    (sample) => sample.camera === camera && sample.trackId === trackId,
  );
  if (own.length > 0) return own;
  const sample = await sampleAt({ camera, box: boxOfTrack(camera, trackId), proposed: true });
  return [{ ...sample, trackId }];
}
