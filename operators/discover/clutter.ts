import { type Box, intersectionOverUnion } from '../foundation/geometry/box.ts';

export interface ClutterOptions {
  /** What rested at one place for longer than this without being offered is background, in ms. Default: 60000. */
  readonly staticMs: number;
  /** A place where nothing was seen for this long is forgotten, in ms. Default: 1800000. */
  readonly forgetMs: number;
  /** Places held; above it the one not seen for longest goes. ≥ 1. Default: 256. */
  readonly placesMax: number;
  /** Different looks that one place may offer. ≥ 1. Default: 4. */
  readonly looksPerPlace: number;
  /** Overlap (IoU) from which on two boxes are the same place. 0 to 1. Default: 0.4. */
  readonly samePlace: number;
}

export const clutterDefaults: ClutterOptions = {
  staticMs: 60_000,
  forgetMs: 1_800_000,
  placesMax: 256,
  looksPerPlace: 4,
  samePlace: 0.4,
};

/** How long a kind of thing has rested somewhere, and whether it was shown to anybody. */
interface Rest {
  readonly clusterId: string;
  readonly sinceMs: number;
  offered: boolean;
}

interface Place {
  box: Box;
  seenMs: number;
  readonly rests: Rest[];
}

/**
 * Remembers where one camera has seen unknown things at rest, so that a shelf which
 * flickers in and out of detection all day is asked about once, not a thousand times.
 *
 * Knows places and clusters, not tracks: a track that was lost and came back, under
 * another id, is still the same shelf. A thing of another cluster at the same place is news.
 */
export class ClutterMemory {
  /** Places that were forgotten for `placesMax`. */
  dropped = 0;
  readonly #options: ClutterOptions;
  /** The one seen last comes last. */
  #places: Place[] = [];

  constructor(options: Partial<ClutterOptions> = {}) {
    this.#options = { ...clutterDefaults, ...options };
  }

  get size(): number {
    return this.#places.length;
  }

  /** Notes that a thing of this cluster rests here, and answers whether it may be offered. */
  isNews(box: Box, clusterId: string, nowMs: number): boolean {
    const rest = this.#restAt(box, clusterId, nowMs);
    return rest !== null && !rest.offered && nowMs - rest.sinceMs <= this.#options.staticMs;
  }

  /** Notes that the thing was offered: it never will be again from here. */
  offered(box: Box, clusterId: string, nowMs: number): void {
    const rest = this.#restAt(box, clusterId, nowMs);
    if (rest !== null) rest.offered = true;
  }

  /** Null where the place has shown as many looks as it may. */
  #restAt(box: Box, clusterId: string, nowMs: number): Rest | null {
    const place = this.#placeOf(box, nowMs);
    const known = place.rests.find((rest) => rest.clusterId === clusterId);
    if (known !== undefined) return known;
    if (place.rests.length >= this.#options.looksPerPlace) return null;
    const rest: Rest = { clusterId, sinceMs: nowMs, offered: false };
    place.rests.push(rest);
    return rest;
  }

  #placeOf(box: Box, nowMs: number): Place {
    const { forgetMs, placesMax, samePlace } = this.#options;
    let at = -1;
    let best = samePlace;
    for (const [i, place] of this.#places.entries()) {
      const overlap = intersectionOverUnion(place.box, box);
      if (overlap < best) continue;
      best = overlap;
      at = i;
    }
    const place: Place = this.#places[at] ?? { box, seenMs: nowMs, rests: [] };
    if (at >= 0) this.#places.splice(at, 1);
    // The place follows slowly what shakes or grows.
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
}

function mix(from: Box, to: Box, share: number): Box {
  const at = (i: 0 | 1 | 2 | 3) => from[i] + share * (to[i] - from[i]);
  return [at(0), at(1), at(2), at(3)];
}
