/** The candidate boxes of one photo. */
export interface CandidateSet {
  /** How prominent each candidate is: a logarithm, see `prominence`. */
  readonly prominence: readonly number[];
  /** candidates × length, row-major: the look of each, such as its crop embedding. */
  readonly looks: Float32Array;
}

/** The candidate that one photo is taken to be of. */
export interface CommonObject {
  /** Index of the candidate. */
  readonly index: number;
  /** Share of the votes that it has among the candidates of its photo, 0 to 1. */
  readonly score: number;
}

/** Weight of an agreeing look beside the prominence. */
const agreement = 20;
const rounds = 3;

/**
 * Finds the object that photos of one class have in common: per photo the candidate that is
 * prominent and looks like the prominent candidates of the other photos. Returns one per photo, in
 * order; a photo needs at least one candidate.
 *
 * Candidates vote for each other, in the manner of unsupervised co-localisation ("Unsupervised
 * Object Discovery and Localization in the Wild", Cho et al., 2015): the weight of a candidate is
 * the softmax of its score in its photo, and its score is its prominence plus its mean similarity
 * to the weighted looks of the other photos. Similarity is the cosine after the mean look of all
 * candidates is subtracted, which leaves out what the photos share anyway, such as their ground.
 * Three rounds, each linear in the number of candidates. One photo alone shows its most prominent.
 */
export function findCommonObjects(photos: readonly CandidateSet[], length: number): CommonObject[] {
  const looks = centred(photos, length);
  let weights = photos.map((photo) => softmax(photo.prominence));
  for (let round = 0; round < rounds && photos.length > 1; round++) {
    const means = photos.map((_, i) => weightedMean(looks[i]!, weights[i]!, length));
    const total = new Float64Array(length);
    for (const mean of means) for (let d = 0; d < length; d++) total[d]! += mean[d]!;
    weights = photos.map((photo, i) => {
      const others = total.map((sum, d) => (sum - means[i]![d]!) / (photos.length - 1));
      return softmax(
        photo.prominence.map((value, c) => {
          const look = looks[i]!.subarray(c * length, (c + 1) * length);
          return value + agreement * dot(look, others);
        }),
      );
    });
  }
  return weights.map((row) => {
    const index = row.indexOf(Math.max(...row));
    return { index, score: row[index]! };
  });
}

/** Subtracts the mean look of all candidates, and scales every look to unit length. */
function centred(photos: readonly CandidateSet[], length: number): Float32Array[] {
  const mean = new Float64Array(length);
  let count = 0;
  for (const { looks } of photos) {
    for (let at = 0; at < looks.length; at++) mean[at % length]! += looks[at]!;
    count += looks.length / length;
  }
  for (let d = 0; d < length; d++) mean[d]! /= Math.max(1, count);
  return photos.map(({ looks }) => {
    const rows = looks.map((value, at) => value - mean[at % length]!);
    for (let start = 0; start < rows.length; start += length) {
      const row = rows.subarray(start, start + length);
      const norm = Math.sqrt(dot(row, row));
      if (norm > 0) for (let d = 0; d < length; d++) row[d]! /= norm;
    }
    return rows;
  });
}

function weightedMean(
  rows: Float32Array,
  weights: readonly number[],
  length: number,
): Float64Array {
  const mean = new Float64Array(length);
  for (const [c, weight] of weights.entries()) {
    for (let d = 0; d < length; d++) mean[d]! += weight * rows[c * length + d]!;
  }
  return mean;
}

function softmax(values: readonly number[]): number[] {
  const top = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - top));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function dot(a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}
