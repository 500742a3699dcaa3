import type { Box } from '../../foundation/geometry/box.ts';

/** Settings of a {@link MotionMeter}. */
export interface MotionOptions {
  /** Change of a cell's mean brightness that counts, in grey levels of 255. Above 0. */
  readonly changeMin: number;
  /** The same in units of the picture's noise, where that is more. At least 0. */
  readonly noiseFactor: number;
  /** Most that the noise is taken for, in grey levels: a picture full of motion is no noise. */
  readonly noiseMax: number;
  /** Changed cells from which on something moves, at least 1. */
  readonly cellsMin: number;
}

export const motionDefaults: MotionOptions = {
  changeMin: 5,
  noiseFactor: 6,
  noiseMax: 2.5,
  cellsMin: 2,
};

/** Side of a cell in pixels of the view, and the step between the pixels of it that are read. */
const cellSide = 8;
const step = 2;
const samples = (cellSide / step) ** 2;
/** Range of the gain of a change of light, for the whole picture. */
const gainRange = { min: 0.5, max: 2 } as const;
/** The median absolute deviation of normal noise times this is its standard deviation. */
const deviationsPerMedian = 1.4826;
/** Bins of the histogram of absolute differences, per grey level. */
const binsPerLevel = 8;

/**
 * Finds whether a picture differs from a reference picture in more than light and noise: the mean
 * brightness of cells of 8 × 8 pixels, after a gain and an offset for the whole picture.
 *
 * The reference is a picture that was detected, not an average of those before: an object that
 * moves slowly differs more and more from where it was, however slow it is.
 */
export class MotionMeter {
  readonly #options: MotionOptions;
  #cells = new Float32Array(0);
  #reference = new Float32Array(0);
  /** 1 for each cell that differed in the picture that was measured last. */
  #changed = new Uint8Array(0);
  readonly #histogram = new Uint32Array(256 * binsPerLevel);
  #columns = 0;
  #hasReference = false;

  constructor(options: Partial<MotionOptions> = {}) {
    this.#options = { ...motionDefaults, ...options };
  }

  /**
   * Number of cells that differ from the reference; all of them without one.
   *
   * @param view RGB, row-major, `width × height × 3` bytes. Another size than the reference's is
   *   another picture.
   */
  changedCells(view: Uint8Array, width: number, height: number): number {
    const [columns, rows] = [Math.floor(width / cellSide), Math.floor(height / cellSide)];
    if (this.#columns !== columns || this.#cells.length !== columns * rows) {
      this.#columns = columns;
      this.#cells = new Float32Array(columns * rows);
      this.#reference = new Float32Array(columns * rows);
      this.#changed = new Uint8Array(columns * rows);
      this.#hasReference = false;
    }
    measureCells(view, width, columns, rows, this.#cells);
    if (this.#hasReference) return this.#countChanges();
    this.#changed.fill(1);
    return this.#cells.length;
  }

  /** Number of cells that differed in the last picture and lie in a box in pixels of its view. */
  changedWithin([x0, y0, x1, y1]: Box): number {
    const columns = this.#columns;
    const rows = columns === 0 ? 0 : this.#changed.length / columns;
    const lastColumn = Math.min(columns, Math.ceil(x1 / cellSide));
    const lastRow = Math.min(rows, Math.ceil(y1 / cellSide));
    let count = 0;
    for (let row = Math.max(0, Math.floor(y0 / cellSide)); row < lastRow; row++) {
      for (let column = Math.max(0, Math.floor(x0 / cellSide)); column < lastColumn; column++) {
        count += this.#changed[row * columns + column]!;
      }
    }
    return count;
  }

  /** Whether the picture differs from the reference: see {@link MotionOptions.cellsMin}. */
  moves(view: Uint8Array, width: number, height: number): boolean {
    return this.changedCells(view, width, height) >= this.#options.cellsMin;
  }

  /** Makes the picture that was measured last the reference. */
  keep(): void {
    [this.#reference, this.#cells] = [this.#cells, this.#reference];
    this.#hasReference = true;
  }

  #countChanges(): number {
    const [cells, reference] = [this.#cells, this.#reference];
    const { gain, offset } = lightChange(reference, cells);
    const threshold = this.#threshold(gain, offset);
    let count = 0;
    for (let i = 0; i < cells.length; i++) {
      const changed = Number(Math.abs(cells[i]! - gain * reference[i]! - offset) > threshold);
      this.#changed[i] = changed;
      count += changed;
    }
    return count;
  }

  /** The change that counts, from the median of all differences: most of a picture is still. */
  #threshold(gain: number, offset: number): number {
    const [cells, reference, histogram] = [this.#cells, this.#reference, this.#histogram];
    histogram.fill(0);
    const last = histogram.length - 1;
    for (let i = 0; i < cells.length; i++) {
      const difference = Math.abs(cells[i]! - gain * reference[i]! - offset);
      histogram[Math.min(last, Math.floor(difference * binsPerLevel))]!++;
    }
    let bin = 0;
    for (let seen = histogram[0]!; seen * 2 < cells.length; seen += histogram[++bin]!);
    const { changeMin, noiseFactor, noiseMax } = this.#options;
    const noise = Math.min(noiseMax, (deviationsPerMedian * bin) / binsPerLevel);
    return Math.max(changeMin, noiseFactor * noise);
  }
}

/** Mean green of every cell: the channel nearest to brightness, and the least noisy one. */
function measureCells(
  view: Uint8Array,
  width: number,
  columns: number,
  rows: number,
  cells: Float32Array,
): void {
  const [rowBytes, cellBytes, stepBytes] = [width * 3, cellSide * 3, step * 3];
  let cell = 0;
  for (let row = 0; row < rows; row++) {
    const top = row * cellSide * rowBytes + 1;
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let y = 0; y < cellSide; y += step) {
        let at = top + y * rowBytes + column * cellBytes;
        for (let x = 0; x < cellSide; x += step, at += stepBytes) sum += view[at]!;
      }
      cells[cell++] = sum / samples;
    }
  }
}

/** The gain and offset that turn one picture's brightness into another's, by least squares. */
function lightChange(from: Float32Array, to: Float32Array): { gain: number; offset: number } {
  const count = from.length;
  let [fromSum, toSum, fromSquares, products] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const [a, b] = [from[i]!, to[i]!];
    fromSum += a;
    toSum += b;
    fromSquares += a * a;
    products += a * b;
  }
  const variance = fromSquares - (fromSum * fromSum) / count;
  const covariance = products - (fromSum * toSum) / count;
  const { min, max } = gainRange;
  // A plain picture has no contrast that a gain could be read from.
  const gain = variance < count ? 1 : Math.min(max, Math.max(min, covariance / variance));
  return { gain, offset: (toSum - gain * fromSum) / count };
}
