import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { float16Values, packFloat16 } from '../../../../operators/foundation/numbers/float16.ts';
import { openFile, sealFile } from '../../../../operators/foundation/files/sealed-file.ts';

const kind = { name: 'embedding file', magic: 'LLLOOKS_', version: 1 };

/** Cap on the embeddings of one image: 2.5 MB. */
const embeddingsMax = 1024;

/** All crop embeddings computed for one image, by box, rounded to float16. */
export class EmbeddingFile {
  readonly #rows = new Map<string, Uint16Array>();
  readonly #rowLength: number;

  /** @param rowLength Values of one embedding. */
  constructor(rowLength: number) {
    this.#rowLength = rowLength;
  }

  /** Reads the bytes of `pack`. Throws a SealedFileError for any others. */
  static unpack(bytes: Uint8Array, rowLength: number): EmbeddingFile {
    const { header, take } = openFile(kind, bytes);
    const file = new EmbeddingFile(rowLength);
    // The checksum vouches for the shape: only pack wrote it.
    const boxes = header as readonly string[];
    const halves = new Uint16Array(take(2 * boxes.length * rowLength));
    boxes.forEach((box, i) => {
      file.#rows.set(box, halves.subarray(i * rowLength, (i + 1) * rowLength));
    });
    return file;
  }

  pack(): Uint8Array {
    return sealFile(kind, [...this.#rows.keys()], [...this.#rows.values()]);
  }

  has(box: Box): boolean {
    return this.#rows.has(keyOf(box));
  }

  /**
   * Adds embeddings, boxes × values of one. Beyond 1,024 it evicts the oldest, except those
   * of boxes in `needed`, which are gathered next.
   */
  add(boxes: readonly Box[], embeddings: Float32Array, needed: readonly Box[] = boxes): void {
    const length = this.#rowLength;
    boxes.forEach((box, i) => {
      const row = embeddings.subarray(i * length, (i + 1) * length);
      this.#rows.set(keyOf(box), packFloat16(row));
    });
    const kept = new Set(needed.map(keyOf));
    for (const box of this.#rows.keys()) {
      if (this.#rows.size <= embeddingsMax) break;
      if (!kept.has(box)) this.#rows.delete(box);
    }
  }

  /**
   * Embeddings of these boxes, boxes × values of one. Throws a RangeError if one is absent.
   */
  gather(boxes: readonly Box[]): Float32Array {
    const embeddings = new Float32Array(boxes.length * this.#rowLength);
    boxes.forEach((box, i) => {
      const row = this.#rows.get(keyOf(box));
      if (row === undefined) throw new RangeError(`no embedding of the box ${keyOf(box)}`);
      const start = i * this.#rowLength;
      for (let k = 0; k < this.#rowLength; k++) embeddings[start + k] = float16Values[row[k]!]!;
    });
    return embeddings;
  }
}

/** Numbers round-trip through their decimal text, so equal keys mean equal boxes. */
function keyOf(box: Box): string {
  return box.join(' ');
}
