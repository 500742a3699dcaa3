import { type Box, centreOf, isInside } from '../../foundation/geometry/box.ts';
import { boxToView } from '../../ingest/frames/view-size.ts';
import type { Observation } from '../detected-frame.ts';
import { MotionMeter } from '../motion/motion-meter.ts';
import { canvasOf } from '../../ingest/frames/view-size.ts';
import { tilesOf, wholeArea, type Tile, type TiledPicture } from './tile-grid.ts';

/** A place worth a closer look, in source pixels. */
export interface Mark {
  readonly box: Box;
  /** `carried`: an object that only tiles show. `doubt`: one without a certain class. */
  readonly kind: 'carried' | 'doubt';
}

/** What a tile is chosen from. */
export interface TileFrame extends TiledPicture {
  readonly view: Uint8Array;
  readonly timestampMs: number;
}

/** Objectness below which an observation is in doubt. */
const doubtMax = 0.3;
/** A tile with an object that only tiles show is looked at again after this time. */
const carriedEveryMs = 300;
/** Any other tile is looked at again after this time, whatever speaks for it. */
const againEveryMs = 200;
/** A tile without a reason of its own is looked at this often. */
const sweepEveryMs = 5000;
/** Worth of what speaks for a look, per second since the last one. */
const worths = { carried: 3, moving: 2, doubt: 1, sweep: 0.2 } as const;
/** Seconds since the last look that count at most. */
const ageSecondsMax = 10;

/** Counts, for one tile of the present frame. */
interface Reasons {
  carried: number;
  moving: number;
  doubts: number;
}

/**
 * Chooses the tile of a camera's newest frame that is worth a closer look: where an object is that
 * only tiles show, where something moves, where detections are in doubt, and, rarely, anywhere. The
 * longer ago a tile was looked at, the more it is worth, so that no reason starves another; and no
 * tile of a frame is looked at twice.
 *
 * Deterministic: time is that of the frames. Bounded: one view's cells, and a few numbers per tile.
 */
export class TileChoice {
  readonly #meter = new MotionMeter();
  #key = '';
  #tiles: readonly Tile[] = [];
  #lookedMs = new Float64Array(0);
  /** The same before the newest look at each tile. */
  #lookedBeforeMs = new Float64Array(0);
  #reasons: readonly Reasons[] = [];
  #nowMs = 0;

  /** Takes a camera's next frame; false where its picture has no tiles. */
  see(frame: TileFrame, observations: readonly Observation[], marks: readonly Mark[]): boolean {
    this.#arrange(frame);
    if (this.#tiles.length === 0) return false;
    const { viewSize, view, timestampMs } = frame;
    const { width, height } = canvasOf(viewSize);
    const isComparable = this.#reasons.length > 0 && timestampMs >= this.#nowMs;
    // A file that starts over would leave looks in the future.
    if (!isComparable)
      for (const times of [this.#lookedMs, this.#lookedBeforeMs]) times.fill(-Infinity);
    this.#meter.changedCells(view, width, height);
    this.#meter.keep();
    this.#nowMs = timestampMs;
    const doubts = observations.filter(({ objectness }) => objectness < doubtMax);
    this.#reasons = this.#tiles.map((tile) => {
      const area = wholeArea(tile, frame);
      const moving = isComparable ? this.#meter.changedWithin(boxToView(area, frame)) : 0;
      const marked = marks.filter(({ box }) => holds(area, box));
      const carried = marked.filter(({ kind }) => kind === 'carried').length;
      const weak = doubts.filter(({ box }) => holds(area, box)).length;
      return { carried, moving, doubts: weak + marked.length - carried };
    });
    return true;
  }

  /** The tile of the frame to look at next, which then counts as looked at; null: none. */
  next(): Tile | null {
    let best = -1;
    let bestWorth = 0;
    for (const [i, reasons] of this.#reasons.entries()) {
      const worth = worthOf(reasons, this.#nowMs - this.#lookedMs[i]!);
      if (worth > bestWorth) [best, bestWorth] = [i, worth];
    }
    if (best < 0) return null;
    this.#lookedBeforeMs[best] = this.#lookedMs[best]!;
    this.#lookedMs[best] = this.#nowMs;
    return this.#tiles[best]!;
  }

  /** Takes back that this tile, the newest result of {@link next} for it, was looked at. */
  putBack(tile: Tile): void {
    const index = this.#tiles.indexOf(tile);
    // The picture may have another size by now.
    if (index >= 0) this.#lookedMs[index] = this.#lookedBeforeMs[index]!;
  }

  #arrange(frame: TileFrame): void {
    const { width, height, sourceWidth, sourceHeight, viewSize } = frame;
    const canvas = canvasOf(viewSize);
    const key = [width, height, sourceWidth, sourceHeight, canvas.width, canvas.height].join(' ');
    if (key === this.#key) return;
    this.#key = key;
    this.#tiles = tilesOf(frame);
    this.#lookedMs = new Float64Array(this.#tiles.length).fill(-Infinity);
    this.#lookedBeforeMs = this.#lookedMs.slice();
    this.#reasons = [];
  }
}

function worthOf({ carried, moving, doubts }: Reasons, ageMs: number): number {
  const isDue = ageMs >= (carried > 0 ? carriedEveryMs : againEveryMs);
  if (!isDue) return 0;
  const reasons =
    worths.carried * Math.min(1, carried) +
    worths.moving * share(moving, 3) +
    worths.doubt * share(doubts, 3) +
    (ageMs >= sweepEveryMs ? worths.sweep : 0);
  return reasons * Math.min(ageSecondsMax, ageMs / 1000);
}

/** 0 for none, and up to 1 for many: half of it at `half`. */
function share(count: number, half: number): number {
  return count / (count + half);
}

/** Whether a box lies in the area, or its centre does. */
function holds(area: Box, box: Box): boolean {
  const [x, y] = centreOf(box);
  return isInside([x, y, x, y], area);
}
