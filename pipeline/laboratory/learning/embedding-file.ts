import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { cropEmbeddingLength } from '../../../operators/detect/engines/engine.ts';
import { float16Values, packFloat16 } from '../../../operators/foundation/numbers/float16.ts';
import { openFile, sealFile } from '../../../operators/foundation/files/sealed-file.ts';

const kind = { name: 'look file', magic: 'LLLOOKS_', version: 1 };

/** Looks of one picture that are kept at most: 2.5 MB. */
const looksMax = 1024;

/** The second looks that were ever taken in one picture, by box, rounded to float16. */
export class EmbeddingFile {
  readonly #rows = new Map<string, Uint16Array>();

  /** Opens what `pack` made. Throws a SealedFileError for other bytes. */
  static unpack(bytes: Uint8Array): EmbeddingFile {
    const { header, take } = openFile(kind, bytes);
    const file = new EmbeddingFile();
    // The checksum vouches for the shape: only pack wrote it.
    const boxes = header as readonly string[];
    const halves = new Uint16Array(take(2 * boxes.length * cropEmbeddingLength));
    boxes.forEach((box, i) => {
      file.#rows.set(box, halves.subarray(i * cropEmbeddingLength, (i + 1) * cropEmbeddingLength));
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
   * Takes looks in, boxes × lookLatentLength. Beyond 1,024 the oldest go, but none of those at `needed`, which are
   * gathered next.
   */
  add(boxes: readonly Box[], looks: Float32Array, needed: readonly Box[] = boxes): void {
    boxes.forEach((box, i) => {
      const own = looks.subarray(i * cropEmbeddingLength, (i + 1) * cropEmbeddingLength);
      this.#rows.set(keyOf(box), packFloat16(own));
    });
    const kept = new Set(needed.map(keyOf));
    for (const box of this.#rows.keys()) {
      if (this.#rows.size <= looksMax) break;
      if (!kept.has(box)) this.#rows.delete(box);
    }
  }

  /** The looks at these boxes, all of which it has: boxes × lookLatentLength. */
  gather(boxes: readonly Box[]): Float32Array {
    const looks = new Float32Array(boxes.length * cropEmbeddingLength);
    boxes.forEach((box, i) => {
      const row = this.#rows.get(keyOf(box));
      if (row === undefined) throw new RangeError(`no look at ${keyOf(box)}`);
      const start = i * cropEmbeddingLength;
      for (let k = 0; k < cropEmbeddingLength; k++) looks[start + k] = float16Values[row[k]!]!;
    });
    return looks;
  }
}

/** Numbers print such that they read back the same, so equal keys are equal boxes. */
function keyOf(box: Box): string {
  return box.join(' ');
}
