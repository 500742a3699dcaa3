import { cropEmbeddingLength, cropEmbeddingParts } from '../../detect/engines/engine.ts';
import type { LinearLayer } from '../../detect/heads/head.ts';
import { accumulate } from '../../foundation/linear-algebra/accumulate.ts';
import {
  factorCholesky,
  packedLength,
  solveCholesky,
} from '../../foundation/linear-algebra/cholesky.ts';
import type { Change, Example } from '../strategy.ts';
import { thin } from '../strategies/tally/embedding-layouts.ts';
import { varianceFloor } from '../statistics/within-covariance.ts';

const edges = 4;
/** Channels of the layout that where an object ends is read from; more of them cost bytes and tell no more. */
const channelShare = 0.375;
/** Ridge penalty in variances of each feature, and what a single look adds to it: few looks say little of slopes. */
const penalty = { least: 3, single: 300 };
/** Variance of less than this share of the mean square is what float32 rounds. */
const roundingShare = 0.01;
/** Looks from which on there is something to say. */
const rowsMin = 8;
/** Looks at boxes that are right, as if there had been so many: what few say is not taken at its word. */
const priorRows = 20;

/** Places in a look of what is read: some channels of the layout at all nine places, and the two log sizes. */
const places: readonly number[] = [
  ...thin(cropEmbeddingParts.layoutChannels, channelShare).flatMap((channel) =>
    Array.from(
      { length: cropEmbeddingParts.layoutPlaces },
      (_, place) => channel * cropEmbeddingParts.layoutPlaces + place,
    ),
  ),
  cropEmbeddingLength - 2,
  cropEmbeddingLength - 1,
];
const features = places.length;
/** The features, then a constant 1. */
const size = features + 1;

/**
 * Sums that a regression of boxes is solved from: looks at boxes that a detector proposed, and how far the object's edges
 * were from theirs. One for all classes: it knows none and so has none to forget, and a class with a single label
 * profits. A sum does not depend on order, and what turns out wrong is subtracted. Immutable; float32, 100 kB.
 */
export class BoxSums {
  static readonly bytes = 4 * (packedLength(size) + edges * size);

  /** Packed second moments of features and 1, then an edge after the other the moments with its offsets. */
  readonly values: Float32Array;

  constructor(values = new Float32Array(BoxSums.bytes / 4)) {
    this.values = values;
  }

  /** Looks that are in it. */
  get rows(): number {
    return Math.round(this.values[packedLength(size) - 1]!);
  }

  /** With a change's examples added and taken out; itself where they say nothing of boxes. */
  with({ added, removed }: Pick<Change, 'added' | 'removed'>): BoxSums {
    const says = ({ offsets = [] }: Example) => offsets.length > 0;
    if (![...added, ...removed].some(says)) return this;
    const values = Float64Array.from(this.values);
    for (const example of added) addExample(values, example, 1);
    for (const example of removed) addExample(values, example, -1);
    const next = new BoxSums(Float32Array.from(values));
    // What rounding left of rows that are all gone is no row.
    return next.rows > 0 ? next : new BoxSums();
  }

  /** Four rows over a look: what left, top, right and bottom edge are off by. Null while too little is known. */
  solve(): LinearLayer | null {
    const { rows, values } = this;
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
      // Where all is zero there is nothing to read, and any number will do.
      covariance[diagonal] = covariance[diagonal]! + strength * variance || 1;
    }
    for (const step = factorCholesky(covariance, features); step.next().done !== true;);
    const weights = new Float32Array(edges * cropEmbeddingLength);
    const bias = new Float32Array(edges);
    for (let edge = 0; edge < edges; edge++) {
      const own = values.subarray(split + edge * size, split + (edge + 1) * size);
      const offset = own[features]! / rows;
      const slopes = mean.map((value, i) => own[i]! / rows - value * offset);
      solveCholesky(covariance, slopes);
      let atZero = offset;
      for (const [i, place] of places.entries()) {
        weights[edge * cropEmbeddingLength + place] = trust * slopes[i]!;
        atZero -= slopes[i]! * mean[i]!;
      }
      bias[edge] = trust * atZero;
    }
    return { weights, bias, length: cropEmbeddingLength };
  }
}

/** Adds, in place, the last looks of an example: those that have offsets. */
function addExample(
  values: Float64Array,
  { embeddings, offsets = [] }: Example,
  sign: 1 | -1,
): void {
  const first = embeddings.length / cropEmbeddingLength - offsets.length;
  const moments = values.subarray(0, packedLength(size));
  const row = new Float64Array(size).fill(1);
  for (const [k, own] of offsets.entries()) {
    const start = (first + k) * cropEmbeddingLength;
    for (const [i, place] of places.entries()) row[i] = embeddings[start + place]!;
    accumulate(moments, size, [row], Float64Array.of(sign));
    let at = moments.length;
    for (const offset of own) {
      for (let i = 0; i < size; i++, at++) values[at] = values[at]! + sign * offset * row[i]!;
    }
  }
}
