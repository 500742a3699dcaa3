/** For each output cell along one side: the first input cell it covers, how many, and their weights. */
interface Taps {
  readonly first: Int32Array;
  readonly count: number;
  /** `cells × count`, each row adding up to 1. */
  readonly weights: Float32Array;
}

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
  readonly #blended: Float32Array;

  constructor(sourceWidth: number, sourceHeight: number, width: number, height: number) {
    this.#sourceWidth = sourceWidth;
    this.#width = width;
    this.#columns = tapsFor(sourceWidth, width);
    this.#rows = tapsFor(sourceHeight, height);
    this.#blended = new Float32Array(sourceWidth * 3);
  }

  /** `source` and `target`: RGB, row-major, of the sizes given to the constructor. */
  run(source: Uint8Array, target: Uint8Array): void {
    const { first, count, weights } = this.#rows;
    const rowValues = this.#sourceWidth * 3;
    for (let y = 0; y < first.length; y++) {
      this.#blendRows(source, first[y]! * rowValues, count, weights, y * count);
      this.#shrinkRow(target, y * this.#width * 3);
    }
  }

  #blendRows(
    source: Uint8Array,
    start: number,
    count: number,
    weights: Float32Array,
    w: number,
  ): void {
    const blended = this.#blended;
    const values = blended.length;
    const weight = weights[w]!;
    for (let i = 0; i < values; i++) blended[i] = source[start + i]! * weight;
    for (let row = 1; row < count; row++) {
      const share = weights[w + row]!;
      if (share === 0) continue;
      const from = start + row * values;
      for (let i = 0; i < values; i++) blended[i]! += source[from + i]! * share;
    }
  }

  #shrinkRow(target: Uint8Array, start: number): void {
    const { first, count, weights } = this.#columns;
    const blended = this.#blended;
    let to = start;
    for (let x = 0, w = 0; x < first.length; x++) {
      // Half a step up front: storing into bytes cuts off.
      let red = 0.5;
      let green = 0.5;
      let blue = 0.5;
      let at = first[x]! * 3;
      for (let tap = 0; tap < count; tap++, w++, at += 3) {
        const weight = weights[w]!;
        red += blended[at]! * weight;
        green += blended[at + 1]! * weight;
        blue += blended[at + 2]! * weight;
      }
      target[to++] = red;
      target[to++] = green;
      target[to++] = blue;
    }
  }
}

/** All cells get the same number of taps, moved inwards at the edges, so that no loop needs a test. */
function tapsFor(source: number, target: number): Taps {
  const scale = source / target;
  const count = Math.min(source, scale > 1 ? Math.ceil(scale) + 1 : 2);
  const first = new Int32Array(target);
  const weights = new Float32Array(target * count);
  for (let cell = 0; cell < target; cell++) {
    const from = cell * scale;
    const start = scale > 1 ? Math.floor(from) : Math.floor((cell + 0.5) * scale - 0.5);
    const begin = Math.min(Math.max(0, start), source - count);
    first[cell] = begin;
    let sum = 0;
    for (let tap = 0; tap < count; tap++) {
      const at = begin + tap;
      const weight =
        scale > 1 ? overlap(at, from, from + scale) : tent(at, (cell + 0.5) * scale - 0.5, source);
      weights[cell * count + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < count; tap++) weights[cell * count + tap]! /= sum;
  }
  return { first, count, weights };
}

function overlap(at: number, from: number, to: number): number {
  return Math.max(0, Math.min(at + 1, to) - Math.max(at, from));
}

function tent(at: number, centre: number, source: number): number {
  const inside = Math.min(Math.max(centre, 0), source - 1);
  return Math.max(0, 1 - Math.abs(at - inside));
}
