import type { Box } from '../foundation/geometry/box.ts';
import type { Track, TrackedFrame } from '../track/track.ts';

/** An unrecognised track that a person or program should label. */
export interface Unknown {
  readonly track: Track;
  readonly box: Box;
  /** Distance from all known classes, 0..1; see novelty.ts for the papers. */
  readonly novelty: number;
  /** Unknowns of similar appearance share a cluster, so that one label covers them all. */
  readonly clusterId: string;
  /** Whether it is asked about by now, see questions.ts. */
  readonly asked: boolean;
  /** What an answer would bring, see worth.ts. */
  readonly worth: number;
}

export interface DiscoveredFrame extends TrackedFrame {
  /** Unknown tracks visible in this frame (for the overlay), those asked about first. */
  readonly unknowns: readonly Unknown[];
  /** The subset to sample in this frame: a few per track, spread over its life. */
  readonly toSample: readonly Unknown[];
}
