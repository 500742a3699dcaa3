import { type Box, intersectionOverUnion } from '../foundation/geometry/box.ts';
import type { Observation } from '../detect/detected-frame.ts';

export interface SteadyPeakOptions {
  /**
   * Time for which a weak peak has to stay at its place to become a track, in ms … Default: 4000.
   */
  readonly steadyMs: number;
  /** … its minimum number of frames … ≥ 1. Default: 20. */
  readonly steadyHits: number;
  /** … and their minimum share of all frames since it began. 0 to 1. Default: 0.8. */
  readonly steadyShare: number;
}

export const steadyPeakDefaults: SteadyPeakOptions = {
  steadyMs: 4000,
  steadyHits: 20,
  steadyShare: 0.8,
};

/** Maximum number of places that are watched; further weak peaks are ignored. */
export const steadyPlacesMax = 64;
/** Minimum IoU of a peak with its place: what stays is far steadier than noise. */
const samePlace = 0.6;

interface Place {
  box: Box;
  readonly sinceMs: number;
  frames: number;
  hits: number;
}

/**
 * Finds peaks that are too weak for a track of their own but stay at one place for seconds: what a
 * single frame hardly shows is an object if every frame shows it.
 */
export class SteadyPeaks {
  readonly #options: SteadyPeakOptions;
  #places: Place[] = [];

  constructor(options: Partial<SteadyPeakOptions> = {}) {
    this.#options = { ...steadyPeakDefaults, ...options };
  }

  get size(): number {
    return this.#places.length;
  }

  clear(): void {
    this.#places = [];
  }

  /** Adds a frame's weak peaks that belong to no track; returns those that have been steady. */
  update(peaks: readonly Observation[], nowMs: number): Observation[] {
    const { steadyMs, steadyHits, steadyShare } = this.#options;
    const open = new Set(peaks);
    const steady: Observation[] = [];
    this.#places = this.#places.filter((place) => {
      place.frames++;
      const peak = nearest(place.box, open);
      if (peak === null) return place.hits >= steadyShare * place.frames;
      open.delete(peak);
      place.box = peak.box;
      place.hits++;
      if (place.hits < steadyHits || nowMs - place.sinceMs < steadyMs) return true;
      steady.push(peak);
      return false;
    });
    for (const { box } of open) {
      if (this.#places.length >= steadyPlacesMax) break;
      this.#places.push({ box, sinceMs: nowMs, frames: 1, hits: 1 });
    }
    return steady;
  }
}

function nearest(box: Box, peaks: ReadonlySet<Observation>): Observation | null {
  let best: Observation | null = null;
  let overlap = samePlace;
  for (const peak of peaks) {
    const own = intersectionOverUnion(peak.box, box);
    if (own < overlap) continue;
    overlap = own;
    best = peak;
  }
  return best;
}
