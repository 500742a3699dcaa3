import { type Box, grown, intersectionOverUnion } from '../foundation/geometry/box.ts';
import type { Hint } from './clusters.ts';

export interface SightingOptions {
  /** Minimum IoU of two boxes at the same place. 0 to 1. Default: 0.5. */
  readonly sightingOverlap: number;
  /** Time for which a known object's place is remembered, in ms. ≥ 0. Default: 20000. */
  readonly knownPlaceMs: number;
  /** The same for an unknown object … ≥ 0. Default: 1800000. */
  readonly unknownPlaceMs: number;
  /** … and for one that moved: it may be anywhere around. ≥ 0. Default: 3000. */
  readonly gapMs: number;
  /** Share of its sides by which the place of one that moved grows. ≥ 0. Default: 0.5. */
  readonly gapGrowth: number;
  /** See {@link Hint}. 0 to 1. Default: 0.6. */
  readonly sightingLeniency: number;
}

export const sightingDefaults: SightingOptions = {
  sightingOverlap: 0.5,
  knownPlaceMs: 20_000,
  unknownPlaceMs: 1_800_000,
  gapMs: 3000,
  gapGrowth: 0.5,
  sightingLeniency: 0.8,
};

/** Maximum number of tracks whose last place is remembered; the least recently seen is dropped. */
export const sightingsMax = 256;
/** Minimum IoU of the grown boxes of an object that moved. */
const grownOverlap = 0.2;

/** Where a track was seen last. */
interface Sighting {
  readonly trackId: number;
  readonly box: Box;
  readonly seenMs: number;
  /** Null for an object of a base class. */
  readonly clusterId: string | null;
}

/**
 * Remembers where one camera has seen objects last, known and unknown ones, so that a track that
 * was lost is recognised when it begins again: the same object is asked about once.
 */
export class Sightings {
  readonly #options: SightingOptions;
  /** In order of the last sighting, the newest last. */
  readonly #byTrack = new Map<number, Sighting>();

  constructor(options: Partial<SightingOptions> = {}) {
    this.#options = { ...sightingDefaults, ...options };
  }

  get size(): number {
    return this.#byTrack.size;
  }

  /** Notes a track's place in this frame; `clusterId` is null for an object of a base class. */
  note(trackId: number, box: Box, clusterId: string | null, seenMs: number): void {
    this.#byTrack.delete(trackId);
    this.#byTrack.set(trackId, { trackId, box, seenMs, clusterId });
    const [oldest] = this.#byTrack.keys();
    if (this.#byTrack.size > sightingsMax && oldest !== undefined) this.#byTrack.delete(oldest);
  }

  /** Whether another track of an object of a base class was seen at this place lately. */
  isKnownPlace(trackId: number, box: Box, nowMs: number): boolean {
    const { sightingOverlap, knownPlaceMs } = this.#options;
    for (const sighting of this.#byTrack.values()) {
      if (sighting.clusterId !== null || sighting.trackId === trackId) continue;
      const agoMs = nowMs - sighting.seenMs;
      if (agoMs < 0 || agoMs > knownPlaceMs) continue;
      if (intersectionOverUnion(sighting.box, box) >= sightingOverlap) return true;
    }
    return false;
  }

  /** The cluster of an unknown object of another track that was seen here, or close by just now. */
  hintFor(trackId: number, box: Box, nowMs: number): Hint | null {
    const { sightingLeniency: leniency } = this.#options;
    let best: { readonly clusterId: string; readonly closeness: number } | null = null;
    for (const { trackId: other, clusterId, ...sighting } of this.#byTrack.values()) {
      if (clusterId === null || other === trackId) continue;
      const closeness = this.#closeness(sighting, box, nowMs);
      if (closeness > (best?.closeness ?? 0)) best = { clusterId, closeness };
    }
    return best === null ? null : { clusterId: best.clusterId, leniency };
  }

  /** How near a box is to a sighting, 0 to 1; 0 where it is too far or too long ago. */
  #closeness({ box: seen, seenMs }: Pick<Sighting, 'box' | 'seenMs'>, box: Box, nowMs: number) {
    const { sightingOverlap, unknownPlaceMs, gapMs, gapGrowth } = this.#options;
    const agoMs = nowMs - seenMs;
    if (agoMs < 0 || agoMs > unknownPlaceMs) return 0;
    const overlap = intersectionOverUnion(seen, box);
    if (overlap >= sightingOverlap) return overlap;
    // Seen in this very frame, it is another object.
    if (agoMs === 0 || agoMs > gapMs) return 0;
    const near = intersectionOverUnion(grown(seen, gapGrowth), grown(box, gapGrowth));
    return near >= grownOverlap ? near * sightingOverlap : 0;
  }
}
