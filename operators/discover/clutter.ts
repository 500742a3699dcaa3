import { type Box, intersectionOverUnion } from '../foundation/geometry/box.ts';

export interface ClutterOptions {
  /** Objects stationary this long without a sample count as background, in ms. Default: 60000. */
  readonly staticMs: number;
  /** A place without detections for this long is forgotten, in ms. Default: 1800000. */
  readonly forgetMs: number;
  /** Maximum number of places; the least recently seen one is dropped. ≥ 1. Default: 256. */
  readonly placesMax: number;
  /** Clusters that can be sampled at one place. ≥ 1. Default: 4. */
  readonly clustersPerPlace: number;
  /** Minimum IoU of two boxes at the same place. 0 to 1. Default: 0.4. */
  readonly samePlace: number;
}

export const clutterDefaults: ClutterOptions = {
  staticMs: 60_000,
  forgetMs: 1_800_000,
  placesMax: 256,
  clustersPerPlace: 4,
  samePlace: 0.4,
};

/** A stationary object of one cluster at one place. */
interface Occupant {
  readonly clusterId: string;
  readonly sinceMs: number;
  excluded: boolean;
}

interface Place {
  box: Box;
  seenMs: number;
  readonly occupants: Occupant[];
}

/**
 * Remembers where one camera has seen stationary unknown objects, so that a shelf whose detection
 * flickers all day is sampled once, not a thousand times.
 *
 * Keyed by place and cluster, not by track: a track that was lost and found again under another id
 * is still the same shelf. An object of another cluster at the same place may be sampled.
 */
export class ClutterMemory {
  /** Places dropped because of `placesMax`. */
  dropped = 0;
  readonly #options: ClutterOptions;
  /** In order of last detection, the newest last. */
  #places: Place[] = [];

  constructor(options: Partial<ClutterOptions> = {}) {
    this.#options = { ...clutterDefaults, ...options };
  }

  get size(): number {
    return this.#places.length;
  }

  /** Notes a stationary object of this cluster and returns whether it may be sampled. */
  maySample(box: Box, clusterId: string, nowMs: number): boolean {
    const occupant = this.#occupantAt(box, clusterId, nowMs);
    if (occupant === null || occupant.excluded) return false;
    return nowMs - occupant.sinceMs <= this.#options.staticMs;
  }

  /** Excludes objects of this cluster at this place from further sampling. */
  exclude(box: Box, clusterId: string, nowMs: number): void {
    const occupant = this.#occupantAt(box, clusterId, nowMs);
    if (occupant !== null) occupant.excluded = true;
  }

  /** Null where the place already has `clustersPerPlace` other clusters. */
  #occupantAt(box: Box, clusterId: string, nowMs: number): Occupant | null {
    const { occupants } = this.#placeOf(box, nowMs);
    const known = occupants.find((occupant) => occupant.clusterId === clusterId);
    if (known !== undefined) return known;
    if (occupants.length >= this.#options.clustersPerPlace) return null;
    const occupant: Occupant = { clusterId, sinceMs: nowMs, excluded: false };
    occupants.push(occupant);
    return occupant;
  }

  #placeOf(box: Box, nowMs: number): Place {
    const { forgetMs, placesMax } = this.#options;
    const at = this.#indexOf(box);
    const place: Place = this.#places[at] ?? { box, seenMs: nowMs, occupants: [] };
    if (at >= 0) this.#places.splice(at, 1);
    // The place's box follows boxes that jitter or grow, slowly.
    place.box = mix(place.box, box, 0.1);
    place.seenMs = nowMs;
    this.#places.push(place);
    while (nowMs - (this.#places[0]?.seenMs ?? nowMs) > forgetMs) this.#places.shift();
    if (this.#places.length > placesMax) {
      this.#places.shift();
      this.dropped++;
    }
    return place;
  }

  /** Index of the place that overlaps the box most, by `samePlace` at least; -1 for none. */
  #indexOf(box: Box): number {
    let index = -1;
    let best = this.#options.samePlace;
    for (const [i, place] of this.#places.entries()) {
      const overlap = intersectionOverUnion(place.box, box);
      if (overlap < best) continue;
      best = overlap;
      index = i;
    }
    return index;
  }
}

function mix(from: Box, to: Box, share: number): Box {
  const at = (i: 0 | 1 | 2 | 3) => from[i] + share * (to[i] - from[i]);
  return [at(0), at(1), at(2), at(3)];
}
