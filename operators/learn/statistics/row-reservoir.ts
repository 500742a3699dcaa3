import { packFloat16 } from '../../foundation/numbers/float16.ts';

/**
 * A uniform random sample, bounded in size, of all rows ever offered, stored as float16. Immutable.
 * "Random sampling with a reservoir", Vitter, 1985 (Algorithm R).
 */
export class RowReservoir {
  readonly length: number;
  /** rows × length, float16 bits. */
  readonly rows: Uint16Array;
  /** Rows offered so far. */
  readonly seen: number;

  constructor(length: number, rows = new Uint16Array(0), seen = 0) {
    this.length = length;
    this.rows = rows;
    this.seen = seen;
  }

  get bytes(): number {
    return this.rows.byteLength;
  }

  /** The reservoir after offering more rows, cut to `rowsMax`; `random` is uniform in [0, 1). */
  with(blocks: readonly Float32Array[], rowsMax: number, random: () => number): RowReservoir {
    const { length } = this;
    const kept = this.#cut(rowsMax, random);
    const held = kept.length / length;
    const offered = blocks.reduce((sum, block) => sum + block.length / length, 0);
    const size = Math.min(rowsMax, held + offered);
    const rows = new Uint16Array(size * length);
    rows.set(kept);
    let filled = held;
    let { seen } = this;
    for (const block of blocks) {
      for (let start = 0; start < block.length; start += length) {
        const slot = filled < size ? filled++ : Math.floor(random() * (seen + 1));
        seen++;
        if (slot >= size) continue;
        rows.set(packFloat16(block.subarray(start, start + length)), slot * length);
      }
    }
    return new RowReservoir(length, rows, seen);
  }

  /** The reservoir without any copy of these rows. */
  without(blocks: readonly Float32Array[]): RowReservoir {
    const { length } = this;
    const key = (values: Uint16Array) => Buffer.from(values.slice().buffer).toString('latin1');
    const gone = new Set<string>();
    for (const block of blocks) {
      for (let start = 0; start < block.length; start += length) {
        gone.add(key(packFloat16(block.subarray(start, start + length))));
      }
    }
    if (gone.size === 0) return this;
    const starts = Array.from({ length: this.rows.length / length }, (_, row) => row * length);
    const stay = starts.filter(
      (start) => !gone.has(key(this.rows.subarray(start, start + length))),
    );
    const rows = new Uint16Array(stay.length * length);
    stay.forEach((start, i) => rows.set(this.rows.subarray(start, start + length), i * length));
    return new RowReservoir(length, rows, this.seen - (starts.length - stay.length));
  }

  /** At most `rowsMax` of the rows, drawn at random, in their original order. */
  #cut(rowsMax: number, random: () => number): Uint16Array {
    const { length } = this;
    const held = this.rows.length / length;
    if (held <= rowsMax) return this.rows;
    const kept = new Uint16Array(rowsMax * length);
    let filled = 0;
    for (let row = 0; row < held && filled < rowsMax; row++) {
      // Selection sampling: rows still needed out of rows still left.
      if (random() * (held - row) >= rowsMax - filled) continue;
      kept.set(this.rows.subarray(row * length, (row + 1) * length), filled++ * length);
    }
    return kept;
  }
}
