/**
 * Least result: rows are never as independent as assumed, and two-byte values round by about as
 * much.
 */
const least = 1e-3;

/** Rows of a packed covariance; see {@link oracleShrinkage}. */
export interface CovarianceRows {
  /** Number of rows above these, which are the first entry of the list; 0 for that entry itself. */
  readonly above: number;
  readonly covariance: Float64Array;
}

/**
 * The share of a covariance of `rows` rows to replace by its diagonal, 0..1, that minimises the
 * expected distance to the true covariance: oracle approximating shrinkage of the correlations.
 *
 * `parts` is a packed lower triangle, then rows that belong below it; entries that no part holds
 * count as uncorrelated. "Shrinkage algorithms for MMSE covariance estimation", Chen, Wiesel, Eldar
 * and Hero, 2010.
 */
export function oracleShrinkage(parts: readonly CovarianceRows[], rows: number): number {
  let features = 0;
  let squares = 0;
  const deviations: number[] = [];
  for (const { above, covariance } of parts) {
    const known = deviations.slice(0, above);
    for (let i = above, at = 0; at < covariance.length; i++) {
      const variance = covariance[at + i]!;
      const deviation = variance > 0 ? Math.sqrt(variance) : 0;
      known.push(deviation);
      if (deviation > 0) {
        features++;
        squares++;
        for (let j = 0; j < i; j++) {
          const scale = deviation * known[j]!;
          if (scale > 0) squares += 2 * (covariance[at + j]! / scale) ** 2;
        }
      }
      at += i + 1;
    }
    if (above === 0) deviations.push(...known);
  }
  const error = (1 - 2 / features) * squares + features ** 2;
  const signal = (rows + 1 - 2 / features) * (squares - features);
  return signal > 0 ? Math.min(1, Math.max(least, error / signal)) : 1;
}
