import type { Box } from '../foundation/geometry/box.ts';
import type { Track, TrackedFrame } from '../track/track.ts';

/** A track that nobody can name and that is worth asking about. */
export interface Unknown {
  readonly track: Track;
  readonly box: Box;
  /** 0..1: how far it is from everything known; the paper is named where it is computed. */
  readonly novelty: number;
  /** Unknowns that look alike share one cluster, so that one name labels them all. */
  readonly clusterId: string;
}

export interface DiscoveredFrame extends TrackedFrame {
  /** Unknown tracks visible in this frame (for the overlay). */
  readonly unknowns: readonly Unknown[];
  /** The subset that deserves a sample in memory now: at most a few per track, spread over its life. */
  readonly toSample: readonly Unknown[];
}
