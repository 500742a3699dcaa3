import { normalise } from './appearance.ts';
import { RunningMoments } from './running-moments.ts';

/** Minimum number of objects before appearances are standardised. */
const standardAfter = 8;
/** Objects after which older ones decay from the moments. */
const momentsMemory = 500;
/** Added to variances, as for novelty. */
const varianceFloor = 1e-3;

/** An appearance for comparison by dot product: normalised plain, and standardised. */
export interface Forms {
  readonly plain: Float32Array;
  readonly standard: Float32Array;
}

/** Standardises appearances with the mean and variance of a scene's objects. */
export class SceneScale {
  readonly #moments: RunningMoments;
  #mean: Float32Array;
  #scale: Float32Array;
  #standardisedAt = 0;

  /** @param length Values of an appearance. */
  constructor(length: number) {
    this.#moments = new RunningMoments(length, momentsMemory);
    this.#mean = new Float32Array(length);
    this.#scale = new Float32Array(length);
  }

  /** Whether enough objects were seen; before that, standard forms are plain ones. */
  get isReady(): boolean {
    return this.#standardisedAt > 0;
  }

  /** Adds an object's appearance; returns whether forms made before are out of date by now. */
  observe(appearance: Float32Array): boolean {
    this.#moments.add(appearance);
    const { count } = this.#moments;
    if (count < standardAfter || count < 1.15 * this.#standardisedAt) return false;
    this.#standardisedAt = count;
    this.#mean = this.#moments.mean.slice();
    this.#scale = this.#moments.variance.map((v) => 1 / Math.sqrt(v + varianceFloor));
    return true;
  }

  formsOf(appearance: Float32Array): Forms {
    const plain = normalise(appearance.slice());
    if (!this.isReady) return { plain, standard: plain };
    const standard = new Float32Array(appearance.length);
    for (let i = 0; i < appearance.length; i++) {
      standard[i] = (appearance[i]! - this.#mean[i]!) * this.#scale[i]!;
    }
    return { plain, standard: normalise(standard) };
  }
}
