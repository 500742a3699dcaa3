import type { ClassSplit } from './class-split.ts';
import { pickColumns, softmaxRows } from './cross-entropy.ts';

/**
 * Gradient in the logits of a distillation that does not mistake new classes for background: what the teacher called
 * background may be one of the classes taught since, so its share of background is compared with
 * that of background and those together. Divided by the rows, like the cross-entropy's.
 *
 * `logits` and `taught` are rows × classes; of the teacher's only the old columns are read.
 * "Modeling the background for incremental learning in semantic segmentation", Cermelli et al., 2020.
 */
export function unbiasedDistillationGradient(
  logits: Float32Array,
  taught: Float32Array,
  classes: number,
  { old, taught: fresh }: ClassSplit,
): Float32Array<ArrayBuffer> {
  const rows = logits.length / classes;
  const shares = softmaxRows(logits, classes);
  const before = softmaxRows(pickColumns(taught, classes, old), old.length);
  const gradient = new Float32Array(logits.length);
  for (let row = 0; row < rows; row++) {
    const own = shares.subarray(row * (classes + 1), (row + 1) * (classes + 1));
    const said = before.subarray(row * (old.length + 1), (row + 1) * (old.length + 1));
    old.forEach((column, i) => {
      gradient[row * classes + column] = (own[column]! - said[i]!) / rows;
    });
    const rest = fresh.reduce((sum, column) => sum + own[column]!, own[classes]!);
    const kept = rest > 0 ? said[old.length]! / rest : 1;
    for (const column of fresh) {
      gradient[row * classes + column] = (own[column]! * (1 - kept)) / rows;
    }
  }
  return gradient;
}
