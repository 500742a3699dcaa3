/** Softmax over the logits and a background logit of 0: rows × (classes + 1), background last. */
export function softmaxRows(
  logits: Float32Array,
  classes: number,
  temperature = 1,
): Float32Array<ArrayBuffer> {
  const rows = logits.length / classes;
  const shares = new Float32Array(rows * (classes + 1));
  for (let row = 0; row < rows; row++) {
    const from = row * classes;
    const to = row * (classes + 1);
    let top = 0;
    for (let k = 0; k < classes; k++) top = Math.max(top, logits[from + k]! / temperature);
    let total = Math.exp(-top);
    shares[to + classes] = total;
    for (let k = 0; k < classes; k++) {
      const power = Math.exp(logits[from + k]! / temperature - top);
      shares[to + k] = power;
      total += power;
    }
    for (let k = 0; k <= classes; k++) shares[to + k] = shares[to + k]! / total;
  }
  return shares;
}

/**
 * Gradient of the mean softmax cross-entropy with respect to the logits, rows × classes: (share -
 * target) / rows. `targets` is rows × classes; the remainder of a row to 1 is background, whose
 * logit is fixed at 0.
 */
export function crossEntropyGradient(
  logits: Float32Array,
  targets: Float32Array,
  classes: number,
): Float32Array<ArrayBuffer> {
  const rows = logits.length / classes;
  const shares = softmaxRows(logits, classes);
  const gradient = new Float32Array(logits.length);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < classes; k++) {
      const i = row * classes + k;
      gradient[i] = (shares[row * (classes + 1) + k]! - targets[i]!) / rows;
    }
  }
  return gradient;
}

/** Copies some columns of a matrix of `width` columns. */
export function pickColumns(
  values: Float32Array,
  width: number,
  columns: readonly number[],
): Float32Array<ArrayBuffer> {
  const rows = values.length / width;
  const picked = new Float32Array(rows * columns.length);
  for (let row = 0; row < rows; row++) {
    columns.forEach((column, i) => {
      picked[row * columns.length + i] = values[row * width + column]!;
    });
  }
  return picked;
}

/**
 * Adds `added` to some columns of a matrix of `width` columns, in place: the inverse of {@link
 * pickColumns}.
 */
export function addColumns(
  values: Float32Array,
  width: number,
  columns: readonly number[],
  added: Float32Array,
): void {
  const rows = values.length / width;
  for (let row = 0; row < rows; row++) {
    columns.forEach((column, i) => {
      const at = row * width + column;
      values[at] = values[at]! + added[row * columns.length + i]!;
    });
  }
}
