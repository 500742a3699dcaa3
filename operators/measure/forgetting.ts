/**
 * Results of a continual learner: entry (i, j) is the score (mAP, 0..1) on the classes of step `j`
 * after learning step `i`. Square: one row and one column per step.
 */
export type StepMatrix = readonly (readonly number[])[];

export interface ContinualScores {
  /** Mean of the last row: the score on all steps at the end. */
  readonly final: number;
  /**
   * Mean over earlier steps of the best score ever minus the last one: 0 is nothing forgotten,
   * negative an improvement. Chaudhry et al., "Riemannian Walk for Incremental Learning", 2018.
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
   * Mean over steps of the score on all steps so far, relative to joint training, which is 1.
   * Hayes et al., "New Metrics and Experimental Paradigms for Continual Learning", 2018. Null
   * without `joint`.
   */
  readonly omega: number | null;
}

/** Reference scores that the matrix is compared with. */
export interface ContinualReferences {
  /** Per step `j`: the score on it before any training. */
  readonly untrained?: readonly number[];
  /** Per step `i`: the mean score over steps 0..i of a learner trained on them at once; above 0. */
  readonly joint?: readonly number[];
}

/**
 * Computes the scores of a continual learner from its matrix of results.
 *
 * @throws RangeError for a matrix that is empty, not square or not finite, and for a reference of
 *   another length.
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
    if (!row.every(Number.isFinite))
      throw new RangeError(`${name} holds a value that is not finite`);
  }
  if (joint?.some((value) => value <= 0)) throw new RangeError('joint holds a score not above 0');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
