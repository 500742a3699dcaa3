/** Filter taps along one axis: the input cells of each output cell and their weights. */
interface Taps {
  /** First input cell of each output cell. */
  readonly first: Int32Array;
  /** Input cells per output cell. */
  readonly count: number;
  /** `cells × count` integers; the weights of one cell add up to {@link one}. */
  readonly weights: Int32Array;
}

/** Fixed-point precision of the weights: the product of two weights and a byte fits 31 bits. */
const weightBits = 11;
const one = 1 << weightBits;
const half = 1 << (2 * weightBits - 1);

/**
 * Resizes RGB pictures from one fixed size to another: area averaging along an axis that shrinks
 * (input pixels weighted by their share of the output pixel), bilinear along one that grows.
 *
 * The weights are computed once; `run` allocates nothing.
 */
export class RgbResizer {
  readonly #sourceWidth: number;
  readonly #width: number;
  readonly #columns: Taps;
  readonly #rows: Taps;
  readonly #blended: Int32Array;

  constructor(sourceWidth: number, sourceHeight: number, width: number, height: number) {
    this.#sourceWidth = sourceWidth;
    this.#width = width;
    this.#columns = tapsFor(sourceWidth, width);
    this.#rows = tapsFor(sourceHeight, height);
    this.#blended = new Int32Array(sourceWidth * 3);
  }

  /** @param source RGB, row-major, like `target`; both of the sizes given to the constructor. */
  run(source: Uint8Array, target: Uint8Array): void {
    const { first, count, weights } = this.#rows;
    const rowValues = this.#sourceWidth * 3;
    for (let y = 0; y < first.length; y++) {
      const start = first[y]! * rowValues;
      blendRows(source, start, count, weights, y * count, this.#blended);
      blendColumns(this.#blended, this.#columns, target, y * this.#width * 3);
    }
  }
}

function blendRows(
  source: Uint8Array,
  start: number,
  count: number,
  weights: Int32Array,
  w: number,
  blended: Int32Array,
): void {
  const values = blended.length;
  const a = weights[w]!;
  if (count === 1) {
    for (let i = 0; i < values; i++) blended[i] = Math.imul(source[start + i]!, a);
    return;
  }
  const b = weights[w + 1]!;
  const second = start + values;
  for (let i = 0; i < values; i++) {
    blended[i] = (Math.imul(source[start + i]!, a) + Math.imul(source[second + i]!, b)) | 0;
  }
  for (let row = 2; row < count; row++) {
    const weight = weights[w + row]!;
    const from = start + row * values;
    for (let i = 0; i < values; i++) {
      blended[i] = (blended[i]! + Math.imul(source[from + i]!, weight)) | 0;
    }
  }
}

function blendColumns(blended: Int32Array, columns: Taps, target: Uint8Array, start: number): void {
  const { first, count, weights } = columns;
  const cells = first.length;
  let to = start;
  let w = 0;
  for (let x = 0; x < cells; x++) {
    let red = half;
    let green = half;
    let blue = half;
    let at = first[x]! * 3;
    for (let tap = 0; tap < count; tap++) {
      const weight = weights[w++]!;
      red = (red + Math.imul(blended[at]!, weight)) | 0;
      green = (green + Math.imul(blended[at + 1]!, weight)) | 0;
      blue = (blue + Math.imul(blended[at + 2]!, weight)) | 0;
      at += 3;
    }
    target[to] = red >> (2 * weightBits);
    target[to + 1] = green >> (2 * weightBits);
    target[to + 2] = blue >> (2 * weightBits);
    to += 3;
  }
}

/** All cells have equally many taps, shifted inwards at the edges, so loops need no checks. */
function tapsFor(source: number, target: number): Taps {
  const scale = source / target;
  const shrinks = scale > 1;
  const count = Math.min(source, shrinks ? tapsOfArea(scale, target) : 2);
  const first = new Int32Array(target);
  const weights = new Int32Array(target * count);
  for (let cell = 0; cell < target; cell++) {
    const from = cell * scale;
    const centre = from + scale / 2 - 0.5;
    const start = Math.floor(shrinks ? from + rounding : centre);
    const begin = Math.min(Math.max(0, start), source - count);
    first[cell] = begin;
    const shares = Array.from({ length: count }, (_, tap) =>
      shrinks
        ? Math.max(0, Math.min(begin + tap + 1, from + scale) - Math.max(begin + tap, from))
        : Math.max(0, 1 - Math.abs(begin + tap - Math.min(Math.max(centre, 0), source - 1))),
    );
    weights.set(fixedPoint(shares), cell * count);
  }
  return { first, count, weights };
}

/** Tolerance for rounding errors of cell positions. */
const rounding = 1e-6;

/** Largest number of input cells that one output cell covers. */
function tapsOfArea(scale: number, target: number): number {
  let count = 1;
  for (let cell = 0; cell < target; cell++) {
    const from = cell * scale;
    count = Math.max(count, Math.ceil(from + scale - rounding) - Math.floor(from + rounding));
  }
  return count;
}

/** Shares as integers that add up to exactly {@link one}, so that plain areas keep their colour. */
function fixedPoint(shares: readonly number[]): number[] {
  const sum = shares.reduce((total, share) => total + share, 0);
  const rounded = shares.map((share) => Math.round((share / sum) * one));
  const largest = rounded.indexOf(Math.max(...rounded));
  rounded[largest]! += one - rounded.reduce((total, share) => total + share, 0);
  return rounded;
}
