import { type DenseMaps, stride } from '../../detect/engines/engine.ts';
import { boxesFromExtents, pickPeaks } from '../../detect/engines/peaks.ts';
import { type Box, intersectionOverUnion } from '../../foundation/geometry/box.ts';
import { centreCell, centreCells } from './centre-cells.ts';
import { gatherRows, type ObjectRows, type Proposal, type ViewRows } from './view-rows.ts';
import { proposalRule, proposalsAmong, wideEnough } from './proposal-rule.ts';

/**
 * Share of background cells that is kept: neighbours are alike, and more did not change any
 * measurement.
 */
const backgroundShare = 1 / 32;

/** The cells of the built-in detector's maps. */
export class GridRows implements ViewRows {
  readonly backgroundWeight = 1 / backgroundShare;
  readonly #maps: DenseMaps;
  readonly #picture: Box;

  /** @param picture The picture's place in the view. */
  constructor(maps: DenseMaps, picture: Box) {
    this.#maps = maps;
    this.#picture = picture;
  }

  /** Peaks of the base heat. */
  propose(): readonly Proposal[] {
    const { baseHeat } = this.#maps;
    const peaks = pickPeaks(baseHeat, this.#maps, proposalRule.countMax);
    return proposalsAmong(peaks, baseHeat, (cell) => this.#boxAt(cell));
  }

  /** Learned objectness will be largest at the object's centre. */
  proposalsOf(object: Box, proposals: readonly Proposal[], overlap: number): readonly Box[] {
    const isOfObject = (box: Box) => intersectionOverUnion(box, object) >= overlap;
    const peak = proposals.find(({ box }) => isOfObject(box));
    const cell = centreCell(object, this.#maps);
    const centre = cell === null || cell === peak?.row ? null : this.#boxAt(cell);
    const atCentre = centre !== null && isOfObject(centre) ? [centre] : [];
    return peak === undefined ? atCentre : [peak.box, ...atCentre];
  }

  /** The cells around the object's centre. */
  rowsOf(object: Box): ObjectRows {
    return centreCells(this.#maps, object);
  }

  rowAt(place: Box): number | null {
    return centreCell(place, this.#maps);
  }

  sampleBackground(boxes: readonly Box[], random: () => number): readonly number[] {
    const { columns, rows } = this.#maps;
    // What a letterboxed picture leaves free is nowhere to find anything.
    const covered = new Uint8Array(columns * rows).fill(1);
    const [left, top, right, bottom] = this.#picture.map((edge) => Math.ceil(edge / stride - 0.5));
    for (let y = Math.max(0, top!); y < Math.min(rows, bottom!); y++)
      covered.fill(0, y * columns + Math.max(0, left!), y * columns + Math.min(columns, right!));
    for (const [x0, y0, x1, y1] of boxes) {
      const right = Math.min(columns - 1, Math.floor(x1 / stride));
      const bottom = Math.min(rows - 1, Math.floor(y1 / stride));
      for (let y = Math.max(0, Math.floor(y0 / stride)); y <= bottom; y++) {
        const left = Math.max(0, Math.floor(x0 / stride));
        if (right >= left) covered.fill(1, y * columns + left, y * columns + right + 1);
      }
    }
    const drawn: number[] = [];
    for (let cell = 0; cell < covered.length; cell++) {
      // Draws for covered cells too, so that a box does not change the draws of other cells.
      if (random() < backgroundShare && covered[cell] === 0) drawn.push(cell);
    }
    return drawn;
  }

  gather(rows: readonly (number | null)[]): Float32Array {
    return gatherRows(this.#maps.latents, rows);
  }

  /**
   * The base head's box at a cell, clipped to the view; null if it is less than a pixel wide or
   * high.
   */
  #boxAt(cell: number): Box | null {
    const { columns, rows, extents } = this.#maps;
    const corners = boxesFromExtents(
      extents.slice(4 * cell, 4 * cell + 4),
      Int32Array.of(cell),
      this.#maps,
    );
    const [x0, y0, x1, y1] = corners;
    const across = (value: number) => Math.min(columns * stride, Math.max(0, value));
    const down = (value: number) => Math.min(rows * stride, Math.max(0, value));
    const box: Box = [across(x0!), down(y0!), across(x1!), down(y1!)];
    return wideEnough(box);
  }
}
