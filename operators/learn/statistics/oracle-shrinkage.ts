/** The least that it says: rows are never as independent as it takes them to be, and two bytes a value round about as much. */
const least = 1e-3;

/** Rows of a packed covariance; see {@link oracleShare}. */
export interface CovarianceRows {
  /** Rows above these, which are the first of the list; 0 for those themselves. */
  readonly above: number;
  readonly covariance: Float64Array;
}

/**
 * The share of a covariance over so many rows to replace by its diagonal, 0..1, such that the rest is expected to come
 * nearest the true one: oracle approximating shrinkage of the correlations ("Shrinkage algorithms for MMSE covariance
 * estimation", Chen, Wiesel, Eldar and Hero, 2010). `parts`: a packed lower triangle, then rows of others that belong below
 * it; what they leave out counts as uncorrelated.
 */
export function oracleShare(parts: readonly CovarianceRows[], rows: number): number {
  let features = 0;
  let squares = 0;
  const deviations: number[] = [];
  for (const { above, covariance } of parts) {
    const known = deviations.slice(0, above);
    for (let i = above, at = 0; at < covariance.length; i++) {
      const variance = covariance[at + i]!;
      const own = variance > 0 ? Math.sqrt(variance) : 0;
      known.push(own);
      if (own > 0) {
        features++;
        squares++;
        for (let j = 0; j < i; j++) {
          const scale = own * known[j]!;
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
