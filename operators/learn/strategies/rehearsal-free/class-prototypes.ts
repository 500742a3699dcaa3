import { packFloat16, unpackFloat16 } from '../../../foundation/numbers/float16.ts';
import type { FeatureScale } from '../gradient/feature-scale.ts';

/** Cosine from which two standardised rows are neighbours. */
const neighbourCosine = 0.6;
/**
 * Share of the rows, those with the fewest neighbours, that cannot be the centre of a prototype.
 */
const outlierShare = 1 / 3;
/** Most rows searched for prototypes: the number of similarities grows with the square. */
const rowsMax = 256;

/**
 * Prototypes of one class in one layer: the coarse one, then fine ones in descending order of rows.
 */
export interface Prototypes {
  /** prototypes × length, float16 bits. */
  readonly vectors: Uint16Array;
  /** Mean target of the rows of each prototype, 0..1. */
  readonly targets: Float32Array;
  /** Number of rows that each prototype is the mean of. */
  readonly counts: Float32Array;
}

/** An empty list of prototypes. */
export const noPrototypes: Prototypes = {
  vectors: new Uint16Array(0),
  targets: new Float32Array(0),
  counts: new Float32Array(0),
};

/** Rows of one class, rows × length, and the share of each that belongs to it. */
export interface ClassRows {
  readonly rows: Float32Array;
  readonly targets: Float32Array;
}

interface Prototype {
  readonly vector: Float32Array;
  readonly target: number;
  readonly count: number;
}

/**
 * Updates prototypes with new rows, to at most `prototypesMax`: a coarse one, the mean of all rows
 * so far, and fine ones, the means of neighbourhoods. New fine prototypes are the densest
 * neighbourhood, then the densest that no earlier one covers; they compete with existing ones by
 * number of rows. "Demystifying catastrophic forgetting in two-stage incremental object detector",
 * Wu et al., 2025.
 */
export function updatePrototypes(
  before: Prototypes,
  { rows, targets }: ClassRows,
  scale: FeatureScale,
  prototypesMax: number,
): Prototypes {
  const held = listPrototypes(before, scale.length);
  if (rows.length === 0) return joinPrototypes(held.slice(0, prototypesMax));
  const all = targets.map((_, row) => row);
  const fresh = meanOf(rows, targets, all, scale.length);
  const [old, ...oldFine] = held;
  const coarse = old === undefined ? fresh : blend(old, fresh);
  const fine = [...oldFine, ...findDense(rows, targets, scale)];
  fine.sort((a, b) => b.count - a.count);
  return joinPrototypes([coarse, ...fine].slice(0, prototypesMax));
}

/**
 * The prototypes after removing rows from the class: the coarse one becomes the mean of the others;
 * the fine ones are dropped, because which rows they are means of is not recorded.
 */
export function withoutRows(before: Prototypes, { rows, targets }: ClassRows): Prototypes {
  const length = rows.length / targets.length;
  const [coarse] = before.counts.length === 0 ? [] : listPrototypes(before, length);
  if (rows.length === 0 || coarse === undefined) return before;
  const wrong = meanOf(
    rows,
    targets,
    targets.map((_, row) => row),
    length,
  );
  if (coarse.count <= wrong.count) return noPrototypes;
  return joinPrototypes([blend(coarse, { ...wrong, count: -wrong.count })]);
}

/**
 * The prototypes of two classes as one, at most `prototypesMax`: a common coarse one, and the fine
 * ones of both.
 */
export function joinClasses(
  a: Prototypes,
  b: Prototypes,
  length: number,
  prototypesMax: number,
): Prototypes {
  const [coarse, ...fine] = listPrototypes(a, length);
  const [otherCoarse, ...otherFine] = listPrototypes(b, length);
  if (coarse === undefined || otherCoarse === undefined) return coarse === undefined ? b : a;
  const allFine = [...fine, ...otherFine].sort((x, y) => y.count - x.count);
  return joinPrototypes([blend(coarse, otherCoarse), ...allFine].slice(0, prototypesMax));
}

function findDense(rows: Float32Array, targets: Float32Array, scale: FeatureScale): Prototype[] {
  const { length } = scale;
  const stride = Math.ceil(targets.length / rowsMax);
  const chosen = Array.from({ length: Math.ceil(targets.length / stride) }, (_, i) => i * stride);
  const directions = directionsOf(rows, scale);
  const neighbours = chosen.map((row) =>
    chosen.filter(
      (other) =>
        dot(directions, row * length, directions, other * length, length) >= neighbourCosine,
    ),
  );
  const order = chosen.map((_, i) => i);
  order.sort((a, b) => neighbours[b]!.length - neighbours[a]!.length || a - b);
  const covered = new Set<number>();
  const found: Prototype[] = [];
  for (const i of order.slice(0, Math.ceil(order.length * (1 - outlierShare)))) {
    if (covered.has(chosen[i]!)) continue;
    for (const row of neighbours[i]!) covered.add(row);
    found.push(meanOf(rows, targets, neighbours[i]!, length));
  }
  return found;
}

/** Standardised rows, scaled to length 1. */
function directionsOf(rows: Float32Array, { length, mean, deviation }: FeatureScale): Float32Array {
  const directions = rows.map((value, i) => (value - mean[i % length]!) / deviation[i % length]!);
  for (let from = 0; from < rows.length; from += length) {
    const norm = Math.sqrt(dot(directions, from, directions, from, length)) || 1;
    for (let i = from; i < from + length; i++) directions[i] = directions[i]! / norm;
  }
  return directions;
}

function dot(a: Float32Array, from: number, b: Float32Array, to: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[from + i]! * b[to + i]!;
  return sum;
}

function meanOf(
  rows: Float32Array,
  targets: Float32Array,
  which: ArrayLike<number>,
  length: number,
): Prototype {
  const vector = new Float64Array(length);
  let target = 0;
  for (let k = 0; k < which.length; k++) {
    const row = which[k]!;
    target += targets[row]! / which.length;
    for (let i = 0; i < length; i++) {
      vector[i] = vector[i]! + rows[row * length + i]! / which.length;
    }
  }
  return { vector: Float32Array.from(vector), target, count: which.length };
}

function blend(a: Prototype, b: Prototype): Prototype {
  const count = a.count + b.count;
  const mix = (x: number, y: number) => (x * a.count + y * b.count) / count;
  return {
    vector: a.vector.map((value, i) => mix(value, b.vector[i]!)),
    target: mix(a.target, b.target),
    count,
  };
}

function listPrototypes({ vectors, targets, counts }: Prototypes, length: number): Prototype[] {
  return Array.from(counts, (count, i) => ({
    vector: unpackFloat16(vectors.subarray(i * length, (i + 1) * length)),
    target: targets[i]!,
    count,
  }));
}

function joinPrototypes(list: readonly Prototype[]): Prototypes {
  const length = list[0]?.vector.length ?? 0;
  const vectors = new Uint16Array(list.length * length);
  list.forEach(({ vector }, i) => vectors.set(packFloat16(vector), i * length));
  return {
    vectors,
    targets: Float32Array.from(list, ({ target }) => target),
    counts: Float32Array.from(list, ({ count }) => count),
  };
}
