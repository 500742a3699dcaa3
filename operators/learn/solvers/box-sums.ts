import {
  builtInLayout,
  type EmbeddingLayout,
  placeParts,
} from '../../detect/engines/embedding-layout.ts';
import type { LinearLayer } from '../../detect/heads/head.ts';
import { accumulate } from '../../foundation/linear-algebra/accumulate.ts';
import {
  factorCholesky,
  packedLength,
  solveCholesky,
} from '../../foundation/linear-algebra/cholesky.ts';
import { runAtOnce } from '../../foundation/threads/run-in-steps.ts';
import type { Change, Example } from '../strategy.ts';
import { evenSubset } from '../statistics/even-subset.ts';
import { varianceFloor } from '../statistics/within-covariance.ts';

const edges = 4;
/** Examples added between two pauses: about 10 ms. */
const examplesAtOnce = 100;
/** Share of the layout channels that is read; more cost bytes and do not improve the boxes. */
const channelShare = 0.375;
/** Values that are read of an embedding without places: as many as of the built-in one. */
const vectorValues = 216;
/**
 * Ridge penalty, in variances of each feature: `least + single / rows`. Few rows tell little about
 * slopes.
 */
const penalty = { least: 3, single: 300 };
/** Variance below this share of the mean square is float32 rounding error. */
const roundingShare = 0.01;
/** Least number of rows to solve from. */
const rowsMin = 8;
/** Prior that damps small samples: this many rows of exact boxes. */
const priorRows = 20;

/**
 * Embedding indices that are read: some channels of the spatial part at all their places, or, where
 * there is none, some of all values; and the two log sizes.
 */
function placesRead(embedding: EmbeddingLayout): number[] {
  const { length } = embedding;
  const spatial = placeParts(embedding).find(({ places }) => places > 1);
  const values = length - 2;
  const read =
    spatial === undefined
      ? evenSubset(values, Math.min(1, vectorValues / values))
      : evenSubset(spatial.channels, channelShare).flatMap((channel) =>
          Array.from(
            { length: spatial.places },
            (_, place) => spatial.from + channel * spatial.places + place,
          ),
        );
  return [...read, length - 2, length - 1];
}

/** Bytes of sums over this many features and a constant 1. */
function bytesOfSums(features: number): number {
  const size = features + 1;
  return 4 * (packedLength(size) + edges * size);
}

/**
 * Sums for a regression of box offsets: embeddings of proposed boxes, and the distance of each box
 * edge from the object's edge. One regression serves all classes, so there is no class to forget,
 * and a class with a single label benefits from the others. Sums do not depend on order, and wrong
 * examples are subtracted. Immutable; stored as float32, 100 kB.
 */
export class BoxSums {
  readonly #embedding: EmbeddingLayout;
  /** Embedding indices of the features. */
  readonly #places: readonly number[];
  /**
   * Packed second moments of the features and 1, then, edge by edge, their moments with its
   * offsets.
   */
  readonly values: Float32Array;

  constructor(embedding: EmbeddingLayout = builtInLayout, values?: Float32Array) {
    this.#embedding = embedding;
    this.#places = placesRead(embedding);
    this.values = values ?? new Float32Array(bytesOfSums(this.#places.length) / 4);
  }

  /** Bytes of the sums, which are the same for any number of rows. */
  get bytes(): number {
    return this.values.byteLength;
  }

  /** The features, then a constant 1. */
  get #size(): number {
    return this.#places.length + 1;
  }

  /** Number of embeddings with offsets. */
  get rows(): number {
    return Math.round(this.values[packedLength(this.#size) - 1]!);
  }

  /**
   * The sums with a change's examples added and removed; this object if none of them has offsets.
   */
  with(change: Pick<Change, 'added' | 'removed'>): BoxSums {
    return runAtOnce(this.withInSteps(change));
  }

  /** {@link with}, yielding every few milliseconds. */
  *withInSteps({ added, removed }: Pick<Change, 'added' | 'removed'>): Generator<void, BoxSums> {
    const hasOffsets = ({ offsets = [] }: Example) => offsets.length > 0;
    if (![...added, ...removed].some(hasOffsets)) return this;
    const values = Float64Array.from(this.values);
    let count = 0;
    for (const [sign, examples] of [
      [1, added],
      [-1, removed],
    ] as const) {
      for (const example of examples) {
        this.#addExample(values, example, sign);
        if (++count % examplesAtOnce === 0) yield;
      }
    }
    const next = new BoxSums(this.#embedding, Float32Array.from(values));
    // Without rows, what remains in the sums is rounding error.
    return next.rows > 0 ? next : new BoxSums(this.#embedding);
  }

  /** The sums over the rows of both, which are of the same embeddings. */
  plus(other: BoxSums): BoxSums {
    const values = this.values.map((value, i) => value + other.values[i]!);
    return new BoxSums(this.#embedding, values);
  }

  /**
   * Four rows over an embedding: offsets of the left, top, right and bottom edge. Null below
   * `rowsMin` rows.
   */
  solve(): LinearLayer | null {
    const { rows, values } = this;
    const { length } = this.#embedding;
    const places = this.#places;
    const features = places.length;
    const size = this.#size;
    if (rows < rowsMin) return null;
    const trust = rows / (rows + priorRows);
    const strength = penalty.least + penalty.single / rows;
    const split = packedLength(size);
    const last = packedLength(features);
    const mean = Float64Array.from(values.subarray(last, last + features), (sum) => sum / rows);
    const covariance = new Float64Array(packedLength(features));
    let total = 0;
    let squares = 0;
    for (let i = 0, at = 0; i < features; i++) {
      for (let j = 0; j <= i; j++, at++) covariance[at] = values[at]! / rows - mean[i]! * mean[j]!;
      total += Math.max(0, covariance[at - 1]!);
      squares += mean[i]! ** 2;
    }
    const least = (varianceFloor * Math.max(total, roundingShare * squares)) / features;
    for (let i = 0; i < features; i++) {
      const diagonal = packedLength(i + 1) - 1;
      const variance = Math.max(covariance[diagonal]!, least);
      // A covariance of zeros has no slopes, so any number will do.
      covariance[diagonal] = covariance[diagonal]! + strength * variance || 1;
    }
    for (const step = factorCholesky(covariance, features); step.next().done !== true;);
    const weights = new Float32Array(edges * length);
    const bias = new Float32Array(edges);
    for (let edge = 0; edge < edges; edge++) {
      const sums = values.subarray(split + edge * size, split + (edge + 1) * size);
      const offset = sums[features]! / rows;
      const slopes = mean.map((value, i) => sums[i]! / rows - value * offset);
      solveCholesky(covariance, slopes);
      let atZero = offset;
      for (const [i, place] of places.entries()) {
        weights[edge * length + place] = trust * slopes[i]!;
        atZero -= slopes[i]! * mean[i]!;
      }
      bias[edge] = trust * atZero;
    }
    return { weights, bias, length };
  }

  /**
   * Adds the last embeddings of an example, which are those with offsets, or subtracts them, in
   * place.
   */
  #addExample(values: Float64Array, { embeddings, offsets = [] }: Example, sign: 1 | -1): void {
    const { length } = this.#embedding;
    const size = this.#size;
    const first = embeddings.length / length - offsets.length;
    const moments = values.subarray(0, packedLength(size));
    const row = new Float64Array(size).fill(1);
    for (const [k, edgeOffsets] of offsets.entries()) {
      const start = (first + k) * length;
      for (const [i, place] of this.#places.entries()) row[i] = embeddings[start + place]!;
      accumulate(moments, size, [row], Float64Array.of(sign));
      let at = moments.length;
      for (const offset of edgeOffsets) {
        for (let i = 0; i < size; i++, at++) values[at] = values[at]! + sign * offset * row[i]!;
      }
    }
  }
}
