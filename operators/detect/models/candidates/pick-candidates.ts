import type { CandidateRows, RowScores } from './candidate-rows.ts';

/** Most rows that are looked at closely, before overlaps are suppressed. */
export const candidatesMax = 1000;
/** Most candidates that learning gets. */
export const denseCandidatesMax = 300;
/** Strength below which a row is nothing: weaker ones do not change a measured precision. */
export const candidateFloor = 0.005;

/** Positive floats sort as their bits do: 16 bits tell them apart to 1 %. */
const buckets = 0x3f81;

/** Scores rows and picks the strongest, with memory that is kept between pictures. */
export class CandidatePicker {
  #scores: RowScores = emptyScores(0);
  #bits: Uint32Array = new Uint32Array(0);
  readonly #counts = new Uint32Array(buckets);

  /** The scores of the rows of the last {@link pick}, valid until the next. */
  get scores(): RowScores {
    return this.#scores;
  }

  /**
   * The rows of at least {@link candidateFloor}, at most {@link candidatesMax}, strongest first.
   */
  pick(rows: CandidateRows): number[] {
    const { count } = rows;
    if (this.#scores.best.length < count) {
      this.#scores = emptyScores(count);
      this.#bits = new Uint32Array(this.#scores.strength.buffer);
    }
    rows.scan(this.#scores, candidateFloor);
    const { strength } = this.#scores;
    const least = this.#leastBucket(count);
    const picked: number[] = [];
    for (let row = 0; row < count; row++) {
      if (strength[row]! >= candidateFloor && this.#bits[row]! >>> 16 >= least) picked.push(row);
    }
    picked.sort((a, b) => strength[b]! - strength[a]! || a - b);
    if (picked.length > candidatesMax) picked.length = candidatesMax;
    return picked;
  }

  /** The bucket down to which there are at least as many rows as may be picked. */
  #leastBucket(count: number): number {
    const { strength } = this.#scores;
    const counts = this.#counts.fill(0);
    for (let row = 0; row < count; row++) {
      // Scores above 1 are the model's own fault, and not finite ones no score at all.
      if (!(strength[row]! > 0)) strength[row] = 0;
      else if (strength[row]! > 1) strength[row] = 1;
      counts[this.#bits[row]! >>> 16]!++;
    }
    let sum = 0;
    for (let bucket = buckets - 1; bucket > 0; bucket--) {
      sum += counts[bucket]!;
      if (sum >= candidatesMax) return bucket;
    }
    return 0;
  }
}

function emptyScores(count: number): RowScores {
  return {
    best: new Float32Array(count),
    bestClass: new Int32Array(count),
    strength: new Float32Array(count),
  };
}
