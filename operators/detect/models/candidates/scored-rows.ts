import type { BoxReader } from './boxes.ts';
import { sigmoid, type CandidateRows, type RowScores } from './candidate-rows.ts';
import type { Strided } from './strided.ts';

export interface ScoredRowsParts {
  readonly count: number;
  readonly box: BoxReader;
  /** Score of each class, one column each. */
  readonly scores: Strided;
  /** For each class its column. */
  readonly columns: Int32Array;
  /** One column, 0..1, that multiplies the scores; null if there is none. */
  readonly objectness: Strided | null;
  /** Whether the scores are logits. */
  readonly isLogit: boolean;
}

/** Rows with a score for every class. */
export class ScoredRows implements CandidateRows {
  readonly count: number;
  readonly box: BoxReader;
  readonly #parts: ScoredRowsParts;
  /** The classes as offsets from a row's first score. */
  readonly #offsets: Int32Array;

  constructor(parts: ScoredRowsParts) {
    const { columns, scores } = parts;
    this.#offsets = scores.column === 1 ? columns : columns.map((k) => k * scores.column);
    this.count = parts.count;
    this.box = parts.box;
    this.#parts = parts;
  }

  scan(scores: RowScores, floor: number): void {
    if (this.#parts.scores.row === 1) this.#scanColumns(scores);
    else this.#scanRows(scores, floor);
  }

  classScores(row: number, into: Float32Array): void {
    const { scores, objectness, isLogit } = this.#parts;
    const offsets = this.#offsets;
    const start = scores.offset + row * scores.row;
    const factor =
      objectness === null ? 1 : objectness.values[objectness.offset + row * objectness.row]!;
    for (let k = 0; k < offsets.length; k++) {
      const value = scores.values[start + offsets[k]!]!;
      into[k] = (isLogit ? sigmoid(value) : value) * factor;
    }
  }

  #scanRows({ best, bestClass, strength }: RowScores, floor: number): void {
    const { count, scores, objectness, isLogit } = this.#parts;
    const { values, offset, row: step } = scores;
    const offsets = this.#offsets;
    const classes = offsets.length;
    for (let row = 0; row < count; row++) {
      const own =
        objectness === null ? 1 : objectness.values[objectness.offset + row * objectness.row]!;
      // No class score exceeds the objectness that it is multiplied by.
      if (own < floor) {
        best[row] = strength[row] = 0;
        continue;
      }
      const start = offset + row * step;
      let highest = -Infinity;
      let found = 0;
      for (let k = 0; k < classes; k++) {
        const value = values[start + offsets[k]!]!;
        if (value > highest) {
          highest = value;
          found = k;
        }
      }
      const score = (isLogit ? sigmoid(highest) : highest) * own;
      best[row] = score;
      bestClass[row] = found;
      strength[row] = objectness === null ? score : Math.max(score, own);
    }
  }

  /** Class by class, because the rows of one class lie side by side. */
  #scanColumns({ best, bestClass, strength }: RowScores): void {
    const { count, scores, columns, objectness, isLogit } = this.#parts;
    const { values, offset, column } = scores;
    best.fill(-Infinity, 0, count);
    for (let k = 0; k < columns.length; k++) {
      const start = offset + columns[k]! * column;
      for (let row = 0; row < count; row++) {
        const value = values[start + row]!;
        if (value > best[row]!) {
          best[row] = value;
          bestClass[row] = k;
        }
      }
    }
    for (let row = 0; row < count; row++) {
      const own =
        objectness === null ? 1 : objectness.values[objectness.offset + row * objectness.row]!;
      const score = (isLogit ? sigmoid(best[row]!) : best[row]!) * own;
      best[row] = score;
      strength[row] = objectness === null ? score : Math.max(score, own);
    }
  }
}
