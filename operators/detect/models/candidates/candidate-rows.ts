/** Strength of every row of a detector's outputs, filled by {@link CandidateRows.scan}. */
export interface RowScores {
  /** The best class score, 0..1. */
  readonly best: Float32Array;
  /** That class. */
  readonly bestClass: Int32Array;
  /** The larger of it and the detector's own objectness, 0..1. */
  readonly strength: Float32Array;
}

/** The candidates in the outputs for one picture. */
export interface CandidateRows {
  readonly count: number;
  /** Scores all rows; those whose strength cannot reach `floor` may get 0. */
  scan(scores: RowScores, floor: number): void;
  /** Writes left, top, right, bottom in view pixels to four values of `into` from `at` on. */
  box(row: number, into: Float32Array, at: number): void;
  /** Writes the score of each class, 0..1. */
  classScores(row: number, into: Float32Array): void;
}

export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
