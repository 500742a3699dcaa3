/** For each output cell along one side: the first input cell it covers, how many, and their weights. */
interface Taps {
  readonly first: Int32Array;
  readonly count: number;
  /** `cells × count` whole numbers, each row adding up to {@link one}. */
  readonly weights: Int32Array;
}

/** Weights are fixed-point numbers: two of them times a byte still fit 31 bits. */
const weightBits = 11;
const one = 1 << weightBits;
const half = 1 << (2 * weightBits - 1);

/**
 * Resizes RGB pictures of one size to another: by area where it shrinks (every input pixel
 * counts by its share of the output pixel), bilinearly where it grows.
 *
 * Weights and rows are worked out once; `run` allocates nothing.
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

  /** `source` and `target`: RGB, row-major, of the sizes given to the constructor. */
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

/** All cells get the same number of taps, moved inwards at the edges, so that no loop needs a test. */
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

/** What multiples of a fraction may be off by. */
const rounding = 1e-6;

/** Input cells that the widest-spread output cell touches. */
function tapsOfArea(scale: number, target: number): number {
  let count = 1;
  for (let cell = 0; cell < target; cell++) {
    const from = cell * scale;
    count = Math.max(count, Math.ceil(from + scale - rounding) - Math.floor(from + rounding));
  }
  return count;
}

/** Shares as whole numbers that add up to exactly {@link one}: a plain surface keeps its colour. */
function fixedPoint(shares: readonly number[]): number[] {
  const sum = shares.reduce((total, share) => total + share, 0);
  const rounded = shares.map((share) => Math.round((share / sum) * one));
  const largest = rounded.indexOf(Math.max(...rounded));
  rounded[largest]! += one - rounded.reduce((total, share) => total + share, 0);
  return rounded;
}
