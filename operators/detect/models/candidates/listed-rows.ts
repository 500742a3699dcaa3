import type { BoxReader } from './boxes.ts';
import type { CandidateRows, RowScores } from './candidate-rows.ts';
import type { Strided } from './strided.ts';

export interface ListedRowsParts {
  readonly count: number;
  readonly box: BoxReader;
  /** One column each: the score, 0..1, and the model's number of the class. */
  readonly score: Strided;
  readonly classId: Strided;
  /** Class of each number, -1 for none. */
  readonly classOf: Int32Array;
}

/**
 * Rows with the score of one class. One whose number has no class is an unknown: it has a strength,
 * and no class score. Negative numbers fill a list up.
 */
export class ListedRows implements CandidateRows {
  readonly count: number;
  readonly box: BoxReader;
  readonly #parts: ListedRowsParts;

  constructor(parts: ListedRowsParts) {
    this.count = parts.count;
    this.box = parts.box;
    this.#parts = parts;
  }

  scan({ best, bestClass, strength }: RowScores): void {
    const { count } = this.#parts;
    for (let row = 0; row < count; row++) {
      const k = this.#classOf(row);
      bestClass[row] = Math.max(0, k);
      best[row] = k < 0 ? 0 : this.#score(row);
      strength[row] = this.#number(row) >= 0 ? this.#score(row) : 0;
    }
  }

  classScores(row: number, into: Float32Array): void {
    into.fill(0);
    const k = this.#classOf(row);
    if (k >= 0) into[k] = this.#score(row);
  }

  #classOf(row: number): number {
    return this.#parts.classOf[this.#number(row)] ?? -1;
  }

  #number(row: number): number {
    const { classId } = this.#parts;
    return classId.values[classId.offset + row * classId.row]!;
  }

  #score(row: number): number {
    const { score } = this.#parts;
    return score.values[score.offset + row * score.row]!;
  }
}
