/** Settings of a {@link MeanLook}. */
export interface MeanLookOptions {
  /** Least weight of the newest look: those before the last ten fade. 0 to 1. Default: 0.1. */
  readonly newestShareMin?: number;
}

/**
 * Log-likelihood ratio by which a look has to prefer another class to the one that all looks before
 * it prefer, to count as a look at another object. A class's own rows have a logit of 4 on average.
 */
const otherObject = 4;

/** Classes' scores of an embedding, 0..1 each; what is left of 1 is the background's. */
export type ScoreLook = (embedding: Float32Array) => Float32Array | null;

/**
 * The mean embedding of the looks at one track: of the crops that were embedded.
 *
 * A head's crop layer is linear in most methods, and its logits of the mean are then the mean of
 * the looks' logits: the evidence of all looks together, which a new head reads again in one step.
 * A single look depends on pose, light and how well its box fits.
 *
 * A look that contradicts those before it starts a new mean: the track has changed its object.
 */
export class MeanLook {
  /** Values of an embedding; null before the first look. */
  #mean: Float32Array | null = null;
  /** Looks since the track has shown this object. */
  #looks = 0;
  readonly #newestShareMin: number;

  constructor({ newestShareMin = 0.1 }: MeanLookOptions = {}) {
    this.#newestShareMin = newestShareMin;
  }

  get mean(): Float32Array | null {
    return this.#mean;
  }

  /** Adds a look. `score` is of the active head, null without one for crops. */
  add(embedding: Float32Array, score: ScoreLook): void {
    if (this.#mean !== null && isAnotherObject(score(this.#mean), score(embedding))) {
      this.#mean = null;
      this.#looks = 0;
    }
    this.#looks++;
    if (this.#mean === null) {
      this.#mean = Float32Array.from(embedding);
      return;
    }
    const share = Math.max(1 / this.#looks, this.#newestShareMin);
    const mean = Float32Array.from(this.#mean);
    for (let i = 0; i < mean.length; i++) {
      mean[i] = mean[i]! + share * (embedding[i]! - mean[i]!);
    }
    this.#mean = mean;
  }
}

/** Whether a look prefers another class to the one that the mean prefers, by far. */
function isAnotherObject(before: Float32Array | null, now: Float32Array | null): boolean {
  if (before === null || now === null) return false;
  const preferred = withBackground(before).reduce(
    (best, score, i, all) => (score > all[best]! ? i : best),
    0,
  );
  const scores = withBackground(now);
  const highest = Math.max(...scores);
  return Math.log(highest / Math.max(scores[preferred]!, 1e-12)) >= otherObject;
}

function withBackground(scores: Float32Array): readonly number[] {
  const sum = scores.reduce((total, score) => total + score, 0);
  return [Math.max(0, 1 - sum), ...scores];
}
