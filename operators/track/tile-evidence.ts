import { centreOf, type Box } from '../foundation/geometry/box.ts';
import type { Observation } from '../detect/detected-frame.ts';

/** Tiles in a row that may show nothing where a track is before the evidence is void. */
const missesMax = 1;
/** Mean sides by which a track may have moved since a tile for its box, or its scores, to hold. */
const driftMax = { box: 0.25, scores: 0.5 } as const;

/** What tiles showed of a track's object, and whether it still counts. */
export class TileEvidence {
  /** How long it counts, in ms. */
  readonly #carryMs: number;
  #seenMs = -Infinity;
  #box: Box | null = null;
  #objectness = 0;
  #hits = 0;
  /** Tiles that looked in vain since the last hit. */
  #misses = 0;

  constructor(carryMs: number) {
    this.#carryMs = carryMs;
  }

  /** Notes a tile that showed the object. */
  add({ objectness, box }: Observation, nowMs: number): void {
    this.#seenMs = nowMs;
    this.#box = box;
    this.#objectness = objectness;
    this.#misses = 0;
    this.#hits++;
  }

  /** Notes a tile that looked where the object should be and did not show it. */
  miss(): void {
    this.#misses++;
  }

  /** Least weight of the newest tile's scores: it counts for more than whole views before it. */
  get weight(): number {
    return 1 / (this.#hits + 1);
  }

  isFresh(nowMs: number): boolean {
    return nowMs - this.#seenMs <= this.#carryMs && this.#misses <= missesMax;
  }

  /** Whether the track, whose box is `now`, is still where a tile showed it. */
  holdsBox(now: Box): boolean {
    return this.#drift(now) <= driftMax.box;
  }

  /** Whether the scores of a tile hold against a weaker observation of the whole view. */
  holdsScores({ objectness }: Observation, now: Box, nowMs: number): boolean {
    if (objectness >= this.#objectness || !this.isFresh(nowMs)) return false;
    return this.#drift(now) <= driftMax.scores;
  }

  /** Distance of a box from where a tile showed the object last, in mean sides. */
  #drift(now: Box): number {
    if (this.#box === null) return 0;
    const [x0, y0, x1, y1] = this.#box;
    const [[fromX, fromY], [toX, toY]] = [centreOf(this.#box), centreOf(now)];
    return (2 * Math.hypot(toX - fromX, toY - fromY)) / (x1 - x0 + y1 - y0);
  }
}
