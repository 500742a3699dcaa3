import type { Region, Track } from '../track/track.ts';
import { cropEmbeddingLength } from '../detect/engines/engine.ts';
import { appearanceLengthOf, appearanceOf } from './appearance.ts';
import { RunningMoments } from './running-moments.ts';

export interface NoveltyOptions {
  /** Known embeddings that calibrate a distance before it is used. ≥ 2. Default: 12. */
  readonly knownEmbeddingsMin: number;
  /** Known embeddings after which older ones decay. ≥ 2. Default: 1000. */
  readonly memory: number;
  /** Maximum number of classes; the least recently seen one is dropped. ≥ 1. Default: 128. */
  readonly classesMax: number;
  /** Values of an embedding. Default: the built-in encoder's. */
  readonly embeddingLength: number;
}

const noveltyDefaults: NoveltyOptions = {
  knownEmbeddingsMin: 12,
  memory: 1000,
  classesMax: 128,
  embeddingLength: cropEmbeddingLength,
};

/** Minimum number of embeddings in a class mean before distances to it are used. */
const classEmbeddingsMin = 3;
/** Added to every variance, so that a channel that was always 0 does not dominate. */
const varianceFloor = 2e-3;
/** Standard deviations above the mean known distance at which the novelty is 0.5. */
const middle = 1;

/** Distribution of a distance over known embeddings, each measured before it was learned. */
class Calibration {
  readonly #moments: RunningMoments;
  readonly #countMin: number;

  constructor(countMin: number, memory: number) {
    this.#moments = new RunningMoments(1, memory);
    this.#countMin = countMin;
  }

  add(distance: number): void {
    this.#moments.add(Float32Array.of(distance));
  }

  get ready(): boolean {
    return this.#moments.count >= this.#countMin;
  }

  /** Maps the distance to 0..1. */
  squash(distance: number): number {
    const deviation = Math.sqrt(this.#moments.variance[0]!) + 1e-6;
    return 1 / (1 + Math.exp(middle - (distance - this.#moments.mean[0]!) / deviation));
  }
}

/** Distances of one embedding to the known classes. */
interface Distances {
  /** Squared Mahalanobis distance to the nearest class, per dimension. */
  readonly nearest: number;
  /** The same minus the distance to the mean of all known embeddings; null below two classes. */
  readonly relative: number | null;
}

/**
 * Distance of a crop embedding from all known classes: the relative Mahalanobis distance (Ren et
 * al. 2021) to the class means under one shared diagonal covariance, estimated at run time from the
 * embeddings of recognised tracks.
 *
 * The score is calibrated with the known embeddings' own distances: 0.5 is one standard deviation
 * above their mean. With a single known class it is the plain distance (Lee et al. 2018), and with
 * too few known embeddings it is null. Takes about 5 KB per class.
 */
export class Novelty {
  /** Classes dropped because of `classesMax`. */
  dropped = 0;
  readonly #options: NoveltyOptions;
  /** In order of the newest embedding; of a class's moments only the mean is used. */
  readonly #classes = new Map<string, RunningMoments>();
  readonly #all: RunningMoments;
  /** Of embeddings minus their class mean; its variance is the shared covariance's diagonal. */
  readonly #within: RunningMoments;
  readonly #nearest: Calibration;
  readonly #relative: Calibration;

  constructor(options: Partial<NoveltyOptions> = {}) {
    this.#options = { ...noveltyDefaults, ...options };
    const { memory, knownEmbeddingsMin, embeddingLength } = this.#options;
    const length = appearanceLengthOf(embeddingLength);
    this.#all = new RunningMoments(length, memory);
    this.#within = new RunningMoments(length, memory);
    this.#nearest = new Calibration(knownEmbeddingsMin, memory);
    this.#relative = new Calibration(knownEmbeddingsMin, memory);
  }

  /** Adds an embedding of a known class. `latent`: `embeddingLength` values. */
  learn(className: string, latent: Float32Array): void {
    const appearance = appearanceOf(latent, this.#options.embeddingLength);
    const known = this.#classes.get(className);
    if (known !== undefined && known.count >= classEmbeddingsMin) {
      const distances = this.#distances(appearance);
      if (distances !== null) {
        this.#nearest.add(distances.nearest);
        if (distances.relative !== null) this.#relative.add(distances.relative);
      }
    }
    const mean = known ?? new RunningMoments(appearance.length, this.#options.memory);
    if (mean.count > 0) this.#within.add(appearance.map((value, i) => value - mean.mean[i]!));
    mean.add(appearance);
    this.#all.add(appearance);
    this.#classes.delete(className);
    this.#classes.set(className, mean);
    if (this.#classes.size > this.#options.classesMax) this.#dropOldest();
  }

  /** Novelty 0..1 of an embedding of `embeddingLength` values; null while uncalibrated. */
  score(latent: Float32Array): number | null {
    const distances = this.#distances(appearanceOf(latent, this.#options.embeddingLength));
    if (distances === null) return null;
    if (distances.relative !== null && this.#relative.ready) {
      return this.#relative.squash(distances.relative);
    }
    return this.#nearest.ready ? this.#nearest.squash(distances.nearest) : null;
  }

  #distances(appearance: Float32Array): Distances | null {
    let nearest = Infinity;
    let classes = 0;
    for (const { count, mean } of this.#classes.values()) {
      if (count < classEmbeddingsMin) continue;
      classes++;
      nearest = Math.min(nearest, distance(appearance, mean, this.#within.variance));
    }
    if (classes === 0) return null;
    if (classes === 1) return { nearest, relative: null };
    const toAll = distance(appearance, this.#all.mean, this.#all.variance);
    return { nearest, relative: nearest - toAll };
  }

  #dropOldest(): void {
    const [oldest] = this.#classes.keys();
    if (oldest === undefined) return;
    this.#classes.delete(oldest);
    this.dropped++;
  }
}

/** Novelty without a usable distance: high for high objectness and low class scores. */
export function noveltyByScore(
  region: Omit<Region, 'box' | 'baseShare'> & Pick<Track, 'observation'>,
): number {
  const classScore = Math.max(region.recognition?.score ?? 0, region.observation?.baseScore ?? 0);
  return Math.min(1, Math.max(0, (1 - classScore) * region.objectness));
}

/** Squared Mahalanobis distance per dimension under a diagonal covariance. */
function distance(values: Float32Array, mean: Float32Array, variance: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const off = values[i]! - mean[i]!;
    sum += (off * off) / (variance[i]! + varianceFloor);
  }
  return sum / values.length;
}
