/**
 * Results of a continual learner: row `i` is measured after step `i` was learned, column `j`
 * is the score (mAP, 0..1) on what step `j` taught. Square; row count = steps.
 */
export type StepMatrix = readonly (readonly number[])[];

export interface ContinualScores {
  /** Mean of the last row: how well everything is known at the end. */
  readonly final: number;
  /**
   * Mean over earlier steps of the best score ever minus the last one; 0 is nothing forgotten,
   * negative means it got better. Chaudhry et al., "Riemannian Walk for Incremental Learning", 2018.
   * Null with one step.
   */
  readonly forgetting: number | null;
  /**
   * Backward transfer: mean over earlier steps of the last score minus the score right after
   * learning. Lopez-Paz and Ranzato, "Gradient Episodic Memory for Continual Learning", 2017.
   * Null with one step.
   */
  readonly backwardTransfer: number | null;
  /**
   * Forward transfer, same paper: mean over later steps of the score just before learning them
   * minus `untrained`. Null with one step or without `untrained`.
   */
  readonly forwardTransfer: number | null;
  /**
   * Mean over steps of what is known of all seen so far, relative to learning it all at once:
   * 1 is as good as joint training. Hayes et al., "New Metrics and Experimental Paradigms for
   * Continual Learning", 2018. Null without `joint`.
   */
  readonly omega: number | null;
}

/** What the matrix is compared with. */
export interface ContinualReferences {
  /** A column: the score on step `j` before anything was learned. */
  readonly untrained?: readonly number[];
  /** A row: the mean score over steps 0..i of a learner given all of 0..i at once; above 0. */
  readonly joint?: readonly number[];
}

/**
 * Sums up a matrix of scores by step. Throws a RangeError where the matrix is not square, is
 * empty or holds what is no finite number, or where a reference has another length.
 */
export function continualScores(
  matrix: StepMatrix,
  { untrained, joint }: ContinualReferences = {},
): ContinualScores {
  const steps = matrix.length;
  assertVectors(matrix, untrained, joint);
  const last = matrix[steps - 1]!;
  const earlier = Array.from({ length: steps - 1 }, (_, j) => j);

  const forgotten = earlier.map((j) => {
    const best = Math.max(...matrix.slice(j, steps - 1).map((row) => row[j]!));
    return best - last[j]!;
  });
  const backward = earlier.map((j) => last[j]! - matrix[j]![j]!);
  const forward = earlier.map((i) => matrix[i]![i + 1]! - (untrained?.[i + 1] ?? 0));
  const relative = matrix.map((row, i) => mean(row.slice(0, i + 1)) / (joint?.[i] ?? 1));

  return {
    final: mean(last),
    forgetting: steps > 1 ? mean(forgotten) : null,
    backwardTransfer: steps > 1 ? mean(backward) : null,
    forwardTransfer: steps > 1 && untrained !== undefined ? mean(forward) : null,
    omega: joint === undefined ? null : mean(relative),
  };
}

function assertVectors(
  matrix: StepMatrix,
  untrained: readonly number[] | undefined,
  joint: readonly number[] | undefined,
): void {
  const steps = matrix.length;
  if (steps === 0) throw new RangeError('the matrix has no steps');
  for (const [name, row] of [
    ...matrix.map((values, i) => [`row ${i}`, values] as const),
    ['untrained', untrained] as const,
    ['joint', joint] as const,
  ]) {
    if (row === undefined) continue;
    if (row.length !== steps) {
      throw new RangeError(`${name} has ${row.length} values, expected ${steps}`);
    }
    if (!row.every(Number.isFinite)) throw new RangeError(`${name} holds what is no finite number`);
  }
  if (joint?.some((value) => value <= 0)) throw new RangeError('joint holds a score not above 0');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
