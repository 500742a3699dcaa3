import type { CandidateMaps } from '../../detect/engines/candidate-maps.ts';
import { type Box, centreOf, intersectionOverUnion } from '../../foundation/geometry/box.ts';
import { canvasOf, type ViewSize } from '../../ingest/frames/view-size.ts';
import { proposalsAmong, wideEnough } from './proposal-rule.ts';
import { gatherRows, type ObjectRows, type Proposal, type ViewRows } from './view-rows.ts';

/** Most rows per object: those with the highest targets. */
const rowsMax = 25;
/** IoU from which a candidate belongs to an object. */
const sameObject = 0.3;
/** Share of background candidates that is kept: detectors report a few hundred a view at most. */
const backgroundShare = 1 / 2;

/** The candidates of a detector that has no grid of its own. */
export class CandidateRows implements ViewRows {
  readonly backgroundWeight = 1 / backgroundShare;
  readonly #maps: CandidateMaps;
  readonly #picture: Box;
  /** The candidates' boxes, clipped to the view. */
  readonly #boxes: readonly Box[];

  /** @param picture The picture's place in the view. */
  constructor(maps: CandidateMaps, viewSize: ViewSize, picture: Box) {
    const { width, height } = canvasOf(viewSize);
    this.#maps = maps;
    this.#picture = picture;
    this.#boxes = Array.from({ length: maps.count }, (_, row) => {
      const [x0, y0, x1, y1] = maps.boxes.subarray(4 * row, 4 * row + 4);
      return [clip(x0!, width), clip(y0!, height), clip(x1!, width), clip(y1!, height)];
    });
  }

  /** The strongest candidates that do not overlap. */
  propose(): readonly Proposal[] {
    const { baseHeat } = this.#maps;
    return proposalsAmong(this.#boxes.keys(), baseHeat, (row) => wideEnough(this.#boxes[row]!));
  }

  /** Learned objectness will be largest where the candidate fits the object best. */
  proposalsOf(object: Box, proposals: readonly Proposal[], overlap: number): readonly Box[] {
    const peak = proposals.find(({ box }) => intersectionOverUnion(box, object) >= overlap);
    const fitting = this.#fittest(object);
    const row = fitting.overlap >= overlap && fitting.row !== peak?.row ? fitting.row : null;
    const best = row === null ? [] : [this.#boxes[row]!];
    return peak === undefined ? best : [peak.box, ...best];
  }

  /**
   * The candidates that fit the object, with targets from 0 at the least IoU to 1 for the best one:
   * the detector's boxes differ from drawn ones, and the best of them is what it can find.
   */
  rowsOf(object: Box): ObjectRows {
    const found: { row: number; overlap: number }[] = [];
    for (const [row, box] of this.#boxes.entries()) {
      const overlap = intersectionOverUnion(box, object);
      if (overlap >= sameObject) found.push({ row, overlap });
    }
    found.sort((a, b) => b.overlap - a.overlap || a.row - b.row);
    const kept = found.slice(0, rowsMax);
    const most = kept[0]?.overlap ?? 1;
    return {
      dense: this.gather(kept.map(({ row }) => row)),
      denseTargets: Float32Array.from(kept, ({ overlap }) => overlap / most),
    };
  }

  /** The candidate that fits the place best, or else the one whose centre is nearest. */
  rowAt(place: Box): number | null {
    const { row, overlap } = this.#fittest(place);
    if (overlap > 0) return row;
    const [x, y] = centreOf(place);
    const distances = this.#boxes.map((box) => {
      const [column, line] = centreOf(box);
      return (column - x) ** 2 + (line - y) ** 2;
    });
    const least = distances.reduce((min, distance) => Math.min(min, distance), Infinity);
    return this.#boxes.length === 0 ? null : distances.indexOf(least);
  }

  /**
   * Candidates of the picture, not of what a letterbox leaves free. One is away from a box if its
   * centre is outside, and its IoU small.
   */
  sampleBackground(boxes: readonly Box[], random: () => number): readonly number[] {
    const drawn: number[] = [];
    for (const [row, box] of this.#boxes.entries()) {
      // Draws for covered candidates too, so that a box does not change the draws of others.
      if (random() >= backgroundShare) continue;
      const [x, y] = centreOf(box);
      const isCentreIn = (other: Box) =>
        x >= other[0] && x < other[2] && y >= other[1] && y < other[3];
      const isCovered = boxes.some(
        (other) => isCentreIn(other) || intersectionOverUnion(other, box) >= sameObject,
      );
      if (isCentreIn(this.#picture) && !isCovered) drawn.push(row);
    }
    return drawn;
  }

  gather(rows: readonly (number | null)[]): Float32Array {
    return gatherRows(this.#maps.latents, rows);
  }

  #fittest(place: Box): { readonly row: number; readonly overlap: number } {
    let best = { row: 0, overlap: 0 };
    for (const [row, box] of this.#boxes.entries()) {
      const overlap = intersectionOverUnion(box, place);
      if (overlap > best.overlap) best = { row, overlap };
    }
    return best;
  }
}

function clip(value: number, max: number): number {
  return Math.min(max, Math.max(0, value));
}
