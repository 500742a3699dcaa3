import { packedLength } from '../../foundation/linear-algebra/cholesky.ts';
import { Gram } from '../../foundation/linear-algebra/gram.ts';
import type { ClassMove } from '../strategy.ts';
import type { WeightedRows } from './class-moments.ts';

/** The second moments of one class. */
export interface ClassScatter {
  /** Examples with at least one row; the class is dropped at 0. */
  readonly examples: number;
  readonly moments: Gram;
}

/** The second moments of one class about its mean, in float32. */
interface StoredScatter {
  readonly examples: number;
  readonly rows: number;
  /** Packed lower triangle about the mean; its last row holds Σ w·x and Σ w. */
  readonly values: Float32Array;
}

/**
 * Second moments of each class by itself, and those of background: all that a covariance per class
 * and weights per class need.
 *
 * Sums do not depend on the order of rows, up to rounding. Groups that no change touches are shared
 * with the {@link StoredScatters} that they came from.
 */
export class ClassScatters {
  readonly features: number;
  readonly #stored: StoredScatters;
  readonly #opened = new Map<string | null, ClassScatter>();
  /** Names in order of first appearance; null is background. */
  readonly #names: Set<string | null>;

  constructor(stored: StoredScatters) {
    this.features = stored.features;
    this.#stored = stored;
    this.#names = new Set(stored.names);
  }

  /**
   * The moments of the first `features` features alone, of groups that nothing was added to yet.
   */
  leading(features: number): ClassScatters {
    return new ClassScatters(this.#stored.leading(features));
  }

  get hasClasses(): boolean {
    return [...this.#names].some((name) => name !== null);
  }

  /** Adds rows that belong to no class. A negative weight removes them. */
  addNegatives(rows: Float32Array, weight: number): void {
    if (rows.length > 0 && weight !== 0) this.#add(null, rows, weight, Math.sign(weight));
  }

  /** Adds one example's rows; `sign` -1 removes them. Targets count as 1. */
  addExample(label: string, { rows, targets, weight }: WeightedRows, sign: 1 | -1): void {
    if (targets.length > 0) this.#add(label, rows, sign * weight, sign);
  }

  /** Adds the sums of `from` to those of `to`, or drops them for null. */
  move({ from, to }: ClassMove): void {
    const own = this.of(from);
    if (own === undefined || from === to) return;
    this.#opened.delete(from);
    this.#names.delete(from);
    if (to === null) return;
    const into = this.of(to);
    const moments = own.moments.clone();
    if (into !== undefined) {
      for (let i = 0; i < moments.values.length; i++) {
        moments.values[i] = moments.values[i]! + into.moments.values[i]!;
      }
    }
    const rows = own.moments.rows + (into?.moments.rows ?? 0);
    this.#put(to, {
      examples: own.examples + (into?.examples ?? 0),
      moments: moments.refilled(moments.values, rows),
    });
  }

  /** The second moments of a class, or of background for null; undefined if it has no rows. */
  of(name: string | null): ClassScatter | undefined {
    if (!this.#names.has(name)) return undefined;
    return this.#opened.get(name) ?? this.#stored.scatter(name);
  }

  /** Rounds to float32 and stores. Yields after every group that changed. */
  *close(): Generator<void, StoredScatters> {
    const groups = new Map<string | null, StoredScatter>();
    for (const name of this.#names) {
      const opened = this.#opened.get(name);
      groups.set(name, opened === undefined ? this.#stored.group(name)! : roundScatter(opened));
      yield;
    }
    return new StoredScatters(this.features, groups);
  }

  #add(name: string | null, rows: Float32Array, weight: number, examples: number): void {
    const held = this.of(name);
    const moments = this.#opened.get(name)?.moments ?? held?.moments ?? new Gram(this.features);
    moments.add(rows, weight);
    const count = (held?.examples ?? 0) + examples;
    if (name === null ? moments.rows === 0 : count === 0) {
      this.#opened.delete(name);
      this.#names.delete(name);
    } else this.#put(name, { examples: count, moments });
  }

  #put(name: string | null, scatter: ClassScatter): void {
    this.#names.add(name);
    this.#opened.set(name, scatter);
  }
}

/** {@link ClassScatters} between two changes, in float32. Immutable. */
export class StoredScatters {
  readonly features: number;
  readonly #groups: ReadonlyMap<string | null, StoredScatter>;

  constructor(features: number, groups: ReadonlyMap<string | null, StoredScatter> = new Map()) {
    this.features = features;
    this.#groups = groups;
  }

  /** Values of one group of this many features. */
  static valuesOf(features: number): number {
    return packedLength(features + 1);
  }

  get names(): Iterable<string | null> {
    return this.#groups.keys();
  }

  get bytes(): number {
    return 4 * this.#groups.size * StoredScatters.valuesOf(this.features);
  }

  group(name: string | null): StoredScatter | undefined {
    return this.#groups.get(name);
  }

  entries(): Iterable<readonly [string | null, StoredScatter]> {
    return this.#groups;
  }

  /** A group's second moments in float64, about the origin. */
  scatter(name: string | null): ClassScatter | undefined {
    const stored = this.#groups.get(name);
    if (stored === undefined) return undefined;
    const { examples, rows } = stored;
    const values = aboutMean(Float64Array.from(stored.values), this.features, 1);
    return { examples, moments: new Gram(this.features, values, rows) };
  }

  /** The moments of the first `features` features alone. */
  leading(features: number): StoredScatters {
    const groups = new Map<string | null, StoredScatter>();
    for (const [name, { examples, rows, values }] of this.#groups) {
      const kept = new Gram(this.features, Float64Array.from(values), rows).leading(features);
      groups.set(name, { examples, rows, values: Float32Array.from(kept.values) });
    }
    return new StoredScatters(features, groups);
  }
}

function roundScatter({ examples, moments }: ClassScatter): StoredScatter {
  const values = aboutMean(moments.values.slice(), moments.size - 1, -1);
  return { examples, rows: moments.rows, values: Float32Array.from(values) };
}

/** Adds Σ w·μ·μᵀ to packed moments, or subtracts it for a `sign` of -1, in place. */
function aboutMean(values: Float64Array, features: number, sign: 1 | -1): Float64Array {
  const sums = values.subarray(packedLength(features));
  const weight = sums[features]!;
  if (!(weight > 0)) return values;
  let at = 0;
  for (let i = 0; i < features; i++) {
    const share = (sign * sums[i]!) / weight;
    for (let j = 0; j <= i; j++, at++) values[at] = values[at]! + share * sums[j]!;
  }
  return values;
}
