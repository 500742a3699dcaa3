import { float16Values, packFloat16 } from '../../../foundation/numbers/float16.ts';

/** Options of {@link trainQuantiser}. */
export interface QuantiserOptions {
  /** Values per vector. */
  readonly length: number;
  /** Values that share one code. At least 1; the last group may be smaller. */
  readonly groupLength: number;
  /** Code words per group, 1 to 256: a code is one byte. Limited to the number of vectors. */
  readonly words: number;
  /** Most rounds of Lloyd's algorithm; it stops earlier if no assignment changes. */
  readonly rounds: number;
  /** Uniform in [0, 1): draws the initial words. */
  readonly random: () => number;
}

/**
 * Encodes vectors as bytes: a vector is cut into groups of values, and each group is encoded as the
 * index of the nearest word in its own codebook. Words are stored as float16. "Product quantization
 * for nearest neighbor search", Jégou, Douze and Schmid, 2011.
 */
export class ProductQuantiser {
  readonly length: number;
  readonly groupLength: number;
  /** Words per group. */
  readonly words: number;
  /** The groups' codebooks in order, each words × values of the group, as float16 bits. */
  readonly codebooks: Uint16Array;

  constructor(length: number, groupLength: number, words: number, codebooks: Uint16Array) {
    if (codebooks.length !== words * length) {
      throw new RangeError(`${codebooks.length} values are no ${words} words over ${length}`);
    }
    this.length = length;
    this.groupLength = groupLength;
    this.words = words;
    this.codebooks = codebooks;
  }

  /** Bytes of one vector's code. */
  get codeLength(): number {
    return Math.ceil(this.length / this.groupLength);
  }

  get bytes(): number {
    return this.codebooks.byteLength;
  }

  /**
   * rows × length values → rows × {@link codeLength} bytes. The first of equally near words is
   * taken.
   */
  encode(rows: Float32Array): Uint8Array {
    const { length, groupLength, words, codeLength } = this;
    const count = rows.length / length;
    const codes = new Uint8Array(count * codeLength);
    for (let group = 0; group < codeLength; group++) {
      const from = group * groupLength;
      const width = Math.min(groupLength, length - from);
      const book = unpackBook(this.codebooks, words * from, words * width);
      for (let row = 0; row < count; row++) {
        codes[row * codeLength + group] = nearestWord(
          book,
          words,
          rows,
          row * length + from,
          width,
        );
      }
    }
    return codes;
  }

  /** The inverse of {@link encode}, up to quantisation: rows × length values, float16 bits. */
  decode(codes: Uint8Array): Uint16Array {
    const { length, groupLength, words, codeLength, codebooks } = this;
    const count = codes.length / codeLength;
    const rows = new Uint16Array(count * length);
    for (let row = 0; row < count; row++) {
      for (let group = 0; group < codeLength; group++) {
        const from = group * groupLength;
        const width = Math.min(groupLength, length - from);
        const word = words * from + codes[row * codeLength + group]! * width;
        rows.set(codebooks.subarray(word, word + width), row * length + from);
      }
    }
    return rows;
  }
}

/**
 * Trains a quantiser on rows × length values, of which there must be one at least: k-means for each
 * group of values, started from vectors drawn without repetition. A word that loses all its vectors
 * stays where it was. Yields after every round of a group, the longest stretch of work.
 */
export function* trainQuantiser(
  rows: Float32Array,
  { length, groupLength, words, rounds, random }: QuantiserOptions,
): Generator<void, ProductQuantiser> {
  const count = rows.length / length;
  if (!(count >= 1)) throw new RangeError('A quantiser needs at least one vector to train on');
  const used = Math.min(256, words, count);
  const codebooks = new Uint16Array(used * length);
  for (let from = 0; from < length; from += groupLength) {
    const width = Math.min(groupLength, length - from);
    const values = gatherColumns(rows, length, from, width);
    const book = new Float32Array(used * width);
    drawDistinct(count, used, random).forEach((row, word) =>
      book.set(values.subarray(row * width, (row + 1) * width), word * width),
    );
    const nearest = new Uint8Array(count);
    for (let round = 0; round < rounds; round++) {
      const moved = assign(values, width, book, nearest);
      yield;
      if (moved === 0 && round > 0) break;
      centre(values, width, nearest, book);
    }
    codebooks.set(packFloat16(book), used * from);
  }
  return new ProductQuantiser(length, groupLength, used, codebooks);
}

function unpackBook(codebooks: Uint16Array, from: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => float16Values[codebooks[from + i]!]!);
}

function gatherColumns(
  rows: Float32Array,
  length: number,
  from: number,
  width: number,
): Float32Array {
  const count = rows.length / length;
  const columns = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    const start = row * length + from;
    columns.set(rows.subarray(start, start + width), row * width);
  }
  return columns;
}

/** `size` distinct numbers below `count`: the start of a Fisher-Yates shuffle. */
function drawDistinct(count: number, size: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor(random() * (count - i));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order.subarray(0, size);
}

/** Assigns every vector to its nearest word; returns the number of changed assignments. */
function assign(
  values: Float32Array,
  width: number,
  book: Float32Array,
  nearest: Uint8Array,
): number {
  let moved = 0;
  for (let row = 0; row < nearest.length; row++) {
    const word = nearestWord(book, book.length / width, values, row * width, width);
    if (word !== nearest[row]) moved++;
    nearest[row] = word;
  }
  return moved;
}

function centre(
  values: Float32Array,
  width: number,
  nearest: Uint8Array,
  book: Float32Array,
): void {
  const sums = new Float64Array(book.length);
  const counts = new Uint32Array(book.length / width);
  nearest.forEach((word, row) => {
    counts[word] = counts[word]! + 1;
    for (let i = 0; i < width; i++) {
      sums[word * width + i] = sums[word * width + i]! + values[row * width + i]!;
    }
  });
  counts.forEach((held, word) => {
    if (held === 0) return;
    for (let i = 0; i < width; i++) book[word * width + i] = sums[word * width + i]! / held;
  });
}

function nearestWord(
  book: Float32Array,
  words: number,
  values: Float32Array,
  from: number,
  width: number,
): number {
  let best = 0;
  let least = Infinity;
  for (let word = 0; word < words; word++) {
    let distance = 0;
    const start = word * width;
    for (let i = 0; i < width; i++) {
      const gap = values[from + i]! - book[start + i]!;
      distance += gap * gap;
    }
    if (distance < least) {
      least = distance;
      best = word;
    }
  }
  return best;
}
