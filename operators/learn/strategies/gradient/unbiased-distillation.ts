import type { ClassSplit } from './class-split.ts';
import { pickColumns, softmaxRows } from './cross-entropy.ts';

/**
 * Gradient, with respect to the logits, of a distillation that does not treat new classes as
 * background.
 *
 * What the teacher calls background may be a class it does not know, so its background share is
 * compared with the sum of the shares of background and the current classes. Divided by the rows,
 * like the cross-entropy. `logits` and `teacherLogits` are rows × classes; only the old columns of
 * the latter are read. "Modeling the background for incremental learning in semantic segmentation",
 * Cermelli et al., 2020.
 */
export function unbiasedDistillationGradient(
  logits: Float32Array,
  teacherLogits: Float32Array,
  classes: number,
  { old, current }: ClassSplit,
): Float32Array<ArrayBuffer> {
  const rows = logits.length / classes;
  const shares = softmaxRows(logits, classes);
  const teacherShares = softmaxRows(pickColumns(teacherLogits, classes, old), old.length);
  const gradient = new Float32Array(logits.length);
  for (let row = 0; row < rows; row++) {
    const own = shares.subarray(row * (classes + 1), (row + 1) * (classes + 1));
    const target = teacherShares.subarray(row * (old.length + 1), (row + 1) * (old.length + 1));
    old.forEach((column, i) => {
      gradient[row * classes + column] = (own[column]! - target[i]!) / rows;
    });
    const together = current.reduce((sum, column) => sum + own[column]!, own[classes]!);
    const ratio = together > 0 ? target[old.length]! / together : 1;
    for (const column of current) {
      gradient[row * classes + column] = (own[column]! * (1 - ratio)) / rows;
    }
  }
  return gradient;
}
