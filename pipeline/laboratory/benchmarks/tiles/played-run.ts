import type { Footage } from './footage.ts';
import { addFrame, emptyCounts, type Sighting, type SightingCounts } from './score-sightings.ts';

/** What a run over footage gave. */
export class PlayedRun {
  /** Once the tracks of a scene are settled. */
  readonly counts = emptyCounts();
  /** By the seconds since a scene began. */
  readonly bySecond: SightingCounts[] = [];
  readonly latenciesMs: number[] = [];
  readonly tiles = { looked: 0, withdrawn: 0, failed: 0, found: 0 };
  readonly #footage: Footage;
  readonly #settledSeconds: number;

  constructor(footage: Footage, settledSeconds: number) {
    this.#footage = footage;
    this.#settledSeconds = settledSeconds;
  }

  /** Adds what was published for a frame. */
  add(index: number, sightings: readonly Sighting[], latencyMs: number): void {
    this.latenciesMs.push(latencyMs);
    const objects = this.#footage.objectsAt(index);
    const second = Math.floor(this.#footage.secondsAt(index));
    addFrame((this.bySecond[second] ??= emptyCounts()), sightings, objects);
    if (second >= this.#settledSeconds) addFrame(this.counts, sightings, objects);
  }
}
