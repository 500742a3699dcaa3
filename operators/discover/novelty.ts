import type { Observation } from '../detect/detected-frame.ts';
import type { TrackName } from '../track/track.ts';
import { appearanceLength, appearanceOf } from './appearance.ts';
import { RunningMoments } from './running-moments.ts';

export interface NoveltyOptions {
  /** Known looks that a distance must have been calibrated with before it is used. ≥ 2. Default: 12. */
  readonly knownLooksMin: number;
  /** Known looks after which older ones begin to fade. ≥ 2. Default: 1000. */
  readonly memory: number;
  /** Classes whose means are kept; the one not seen for longest goes. ≥ 1. Default: 128. */
  readonly classesMax: number;
}

export const noveltyDefaults: NoveltyOptions = { knownLooksMin: 12, memory: 1000, classesMax: 128 };

/** Looks that a class's mean must rest on before distances to it mean something. */
const classLooksMin = 3;
/** Added to every variance: a channel that was always silent must not decide alone. */
const varianceFloor = 2e-3;
/** Standard deviations above the known looks' own distances at which the novelty is a half. */
const middle = 1;

/** How the known looks themselves score on a distance, each before it was learned from. */
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

  /** The distance on a scale of 0 to 1. */
  squash(distance: number): number {
    const deviation = Math.sqrt(this.#moments.variance[0]!) + 1e-6;
    return 1 / (1 + Math.exp(middle - (distance - this.#moments.mean[0]!) / deviation));
  }
}

/** Distances of one look to what is known. */
interface Distances {
  /** Mahalanobis distance to the nearest class, squared, a dimension. */
  readonly nearest: number;
  /** The same less the distance to the mean of all known looks; null with fewer than two classes. */
  readonly relative: number | null;
}

/**
 * How far a look is from everything that has a name: the relative Mahalanobis distance
 * (Ren et al. 2021) to the classes' means under one shared diagonal covariance, all of it
 * gathered while running from the looks of named tracks.
 *
 * The distance is set against the known looks' own: 0.5 is one standard deviation above
 * them. With a single known class it is the plain distance (Lee et al. 2018), and while too
 * few looks are known there is none. Costs about 5 KB a class.
 */
export class Novelty {
  /** Classes that were forgotten for `classesMax`. */
  dropped = 0;
  readonly #options: NoveltyOptions;
  /** In order of the newest look; a class's moments are used for its mean alone. */
  readonly #classes = new Map<string, RunningMoments>();
  readonly #all: RunningMoments;
  /** Of looks round their own class's mean: the variance is taken round 0. */
  readonly #within: RunningMoments;
  readonly #nearest: Calibration;
  readonly #relative: Calibration;

  constructor(options: Partial<NoveltyOptions> = {}) {
    this.#options = { ...noveltyDefaults, ...options };
    const { memory, knownLooksMin } = this.#options;
    this.#all = new RunningMoments(appearanceLength, memory);
    this.#within = new RunningMoments(appearanceLength, memory);
    this.#nearest = new Calibration(knownLooksMin, memory);
    this.#relative = new Calibration(knownLooksMin, memory);
  }

  /** Learns what a known object looks like. `latent`: lookLatentLength values. */
  learn(className: string, latent: Float32Array): void {
    const look = appearanceOf(latent);
    const known = this.#classes.get(className);
    if (known !== undefined && known.count >= classLooksMin) {
      const distances = this.#distances(look);
      if (distances !== null) {
        this.#nearest.add(distances.nearest);
        if (distances.relative !== null) this.#relative.add(distances.relative);
      }
    }
    const mean = known ?? new RunningMoments(appearanceLength, this.#options.memory);
    if (mean.count > 0) this.#within.add(look.map((value, i) => value - mean.mean[i]!));
    mean.add(look);
    this.#all.add(look);
    this.#classes.delete(className);
    this.#classes.set(className, mean);
    if (this.#classes.size > this.#options.classesMax) this.#dropOldest();
  }

  /** 0..1 for a second look of lookLatentLength values, or null while too little is known. */
  score(latent: Float32Array): number | null {
    const distances = this.#distances(appearanceOf(latent));
    if (distances === null) return null;
    if (distances.relative !== null && this.#relative.ready) {
      return this.#relative.squash(distances.relative);
    }
    return this.#nearest.ready ? this.#nearest.squash(distances.nearest) : null;
  }

  #distances(look: Float32Array): Distances | null {
    let nearest = Infinity;
    let classes = 0;
    for (const { count, mean } of this.#classes.values()) {
      if (count < classLooksMin) continue;
      classes++;
      nearest = Math.min(nearest, distance(look, mean, this.#within.variance));
    }
    if (classes === 0) return null;
    if (classes === 1) return { nearest, relative: null };
    return { nearest, relative: nearest - distance(look, this.#all.mean, this.#all.variance) };
  }

  #dropOldest(): void {
    const [oldest] = this.#classes.keys();
    if (oldest === undefined) return;
    this.#classes.delete(oldest);
    this.dropped++;
  }
}

/** Novelty of what has no usable distance: it is there, and nobody is sure what it is. */
export function noveltyByScore({
  name,
  observation,
  objectness,
}: {
  readonly name: Pick<TrackName, 'score'> | null;
  readonly observation: Pick<Observation, 'baseScore'> | null;
  readonly objectness: number;
}): number {
  const named = Math.max(name?.score ?? 0, observation?.baseScore ?? 0);
  return Math.min(1, Math.max(0, (1 - named) * objectness));
}

/** Squared, a dimension, under a diagonal covariance. */
function distance(look: Float32Array, mean: Float32Array, variance: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < look.length; i++) {
    const off = look[i]! - mean[i]!;
    sum += (off * off) / (variance[i]! + varianceFloor);
  }
  return sum / look.length;
}
