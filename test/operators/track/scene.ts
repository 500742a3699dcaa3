import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { cropEmbeddingLength } from '../../../operators/detect/engines/engine.ts';
import type { LinearLayer } from '../../../operators/detect/heads/head.ts';
import type { Observation } from '../../../operators/detect/detected-frame.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import type { Track } from '../../../operators/track/track.ts';
import type { Tracker } from '../../../operators/track/tracker.ts';
import { boxAt, observationAt } from '../../../pipeline/laboratory/benchmarks/rig/track-scene.ts';

export {
  boxAt,
  type CountedFrame,
  detectedAt,
  frameAt,
  headOf,
  latentOf,
  embeddingsOfKind,
  normal,
  observationAt,
  trackedAt,
} from '../../../pipeline/laboratory/benchmarks/rig/track-scene.ts';

/** A box layer that returns the same offsets for every embedding. */
export function boxShift(offsets: readonly [number, number, number, number]): LinearLayer {
  const weights = new Float32Array(4 * cropEmbeddingLength);
  return { weights, bias: Float32Array.from(offsets), length: cropEmbeddingLength };
}

/** A confirmed, visible, unrecognised track without an embedding. */
export function trackAt(id: number, box: Box, nowMs: number, facts: Partial<Track> = {}): Track {
  return {
    id,
    box,
    confirmed: true,
    hits: 100,
    missed: 0,
    firstSeenMs: 0,
    lastSeenMs: nowMs,
    recognition: null,
    objectness: 0.5,
    observation: observationAt(box),
    embedding: null,
    offsets: null,
    travel: 0,
    baseShare: 1,
    promising: false,
    fragment: false,
    ...facts,
  };
}

/** A head without classes. */
export const noHead = emptyHead();
/** Time between two frames of {@link runFrames}. */
export const stepMs = 100;

/** Runs frames through a tracker and returns its update for each. */
export function runFrames(
  tracker: Tracker,
  frames: readonly (readonly Observation[])[],
  fromMs = 0,
) {
  return frames.map((observations, i) => tracker.update(observations, fromMs + i * stepMs, noHead));
}

/** Frames with one observation that stays where it is. */
export function stillFrames(count: number, facts: Partial<Observation> = {}): Observation[][] {
  return Array.from({ length: count }, () => [observationAt(boxAt(500, 500), facts)]);
}
