import { denseLatentLength } from '../detect/engine.ts';

/**
 * A uniform sample of all background cells that were ever seen, of bounded size. Immutable.
 * "Random sampling with a reservoir", Vitter, 1985 (Algorithm R).
 */
export class BackgroundReservoir {
  readonly #cellsMax: number;
  /** cells × denseLatentLength. */
  readonly cells: Float32Array;
  /** Cells that were offered. */
  readonly seen: number;

  constructor(cellsMax: number, cells = new Float32Array(0), seen = 0) {
    this.#cellsMax = cellsMax;
    this.cells = cells;
    this.seen = seen;
  }

  /** The reservoir after these cells too; `random` is uniform in [0, 1). */
  with(rows: Float32Array, random: () => number): BackgroundReservoir {
    const held = this.cells.length / denseLatentLength;
    const count = rows.length / denseLatentLength;
    const size = Math.min(this.#cellsMax, held + count);
    const cells = new Float32Array(size * denseLatentLength);
    cells.set(this.cells);
    let filled = held;
    for (let row = 0; row < count; row++) {
      const seen = this.seen + row;
      const slot = filled < size ? filled++ : Math.floor(random() * (seen + 1));
      if (slot >= size) continue;
      const start = row * denseLatentLength;
      cells.set(rows.subarray(start, start + denseLatentLength), slot * denseLatentLength);
    }
    return new BackgroundReservoir(this.#cellsMax, cells, this.seen + count);
  }
}
