import { accumulate, accumulatedAtOnce } from '../../foundation/linear-algebra/accumulate.ts';
import {
  type Claim,
  type GroupSums,
  loadParts,
  type ScatterContents,
  type ScatterRows,
  emptyContents,
  storeParts,
} from './scatter-contents.ts';
import type { ClassMove } from '../strategy.ts';
import {
  featuresOf,
  gather,
  partsOf,
  placesOf,
  type ScatterLayout,
  type ScatterPart,
} from './scatter-layout.ts';

interface OpenGroup {
  count: number;
  weight: number;
  readonly sums: Float64Array;
}

/** Up to this weight a group counts as empty: it is the rounding error left by removed rows. */
const weightEpsilon = 1e-6;

/** Products summed between two pauses. */
const productsPerPause = 2e7;

/** Collects one change to a scatter in float64; {@link result} rounds it. */
export class ScatterChange {
  readonly #layout: ScatterLayout;
  readonly #features: number;
  readonly #before: ScatterContents;
  readonly #order: readonly number[];
  readonly #within: readonly Float64Array[];
  readonly #open = new Map<string | null, OpenGroup>();
  /** Weight of background that became part of a class. */
  readonly #claimed = new Map<string, number>();
  readonly #batch: readonly Float64Array[];
  readonly #weights = new Float64Array(accumulatedAtOnce);
  /** The landmarks, then each block, each with buffers for its share of the batch. */
  readonly #parts: readonly {
    readonly part: ScatterPart;
    readonly columns: readonly Float64Array[];
  }[];
  #waiting = 0;
  #products = 0;

  constructor(layout: ScatterLayout, before: ScatterContents) {
    this.#layout = layout;
    this.#features = featuresOf(layout);
    this.#before = before;
    this.#order = placesOf(layout);
    this.#within = loadParts(before.within);
    const rows = (length: number) =>
      Array.from({ length: accumulatedAtOnce }, () => new Float64Array(length));
    this.#batch = rows(this.#features);
    this.#parts = partsOf(layout).map((part) => ({
      part,
      columns: rows(part.above + part.places.length),
    }));
  }

  /** Adds or removes rows. Returns true when it is time for a pause. */
  add({ label, rows, targets, weight, orbit = 0 }: ScatterRows): boolean {
    const features = this.#features;
    const { rowLength } = this.#layout;
    const count = rows.length / rowLength;
    if (count === 0 || weight === 0) return false;
    const group = this.#group(label);
    const background = targets === undefined || label === null ? null : this.#group(null);
    group.count += Math.sign(weight) * (label === null ? count : 1);
    if (label !== null && group.count < 0) {
      throw new RangeError(`No example of class ${label} is left to remove`);
    }
    const sum = new Float64Array(features);
    const values = new Float64Array(features);
    for (let row = 0; row < count; row++) {
      const start = row * rowLength;
      for (let i = 0; i < features; i++) values[i] = rows[start + this.#order[i]!]!;
      const target = targets?.[row] ?? 1;
      addTo(group, values, weight * target);
      if (background !== null) addTo(background, values, weight * (1 - target));
      if (orbit === 0) {
        this.#push(values, weight);
        continue;
      }
      // Helmert contrasts (1876): their scatter is the scatter about the mean, and the mean
      // remains, so weighting the two separately takes no more products than there are rows.
      const scale = Math.sqrt(row / (row + 1));
      for (let i = 0; i < features; i++) {
        const value = values[i]!;
        values[i] = row === 0 ? 0 : scale * (value - sum[i]! / row);
        sum[i] = sum[i]! + value;
      }
      if (row > 0) this.#push(values, weight * (1 + orbit));
    }
    if (orbit !== 0) {
      this.#push(
        sum.map((value) => value / count),
        weight * count,
      );
    }
    const due = this.#products >= productsPerPause;
    if (due) this.#products = 0;
    return due;
  }

  /**
   * Makes the rows of one class rows of another, exactly as if they had been added as such: weights
   * and sums add up, and the scatter gains what the two means differ, a term of rank one.
   *
   * For null, the class's mean and weight are dropped. Its scatter about that mean stays pooled
   * with that of all others: it cannot be separated once the rows are gone. So does the share of
   * its rows that counts as background. Ignores a class without rows.
   */
  move({ from, to }: ClassMove): void {
    if (from === to || !(this.#open.has(from) || this.#before.classes.has(from))) return;
    const { count, weight, sums } = this.#group(from);
    if (count === 0) return;
    if (to === null) {
      this.#means(weight, sums, -1);
    } else {
      // Both old means are back in the scatter; `finish` removes the mean of both together.
      const into = this.#group(to);
      into.count += count;
      into.weight += weight;
      for (let i = 0; i < sums.length; i++) into.sums[i] = into.sums[i]! + sums[i]!;
    }
    this.#open.set(from, { count: 0, weight: 0, sums: new Float64Array(sums.length) });
  }

  /**
   * Makes background of this weight part of a class, whose mean it is assumed to have. The scatter
   * loses what the difference of the two means had added to it.
   */
  claim({ label, weight: claimed }: Claim): void {
    const { weight, sums } = this.#before.classes.get(label)!;
    const mean = Float64Array.from(sums);
    for (let i = 0; i < mean.length; i++) mean[i] = mean[i]! / weight;
    addTo(this.#group(null), mean, -claimed);
    // The class's mean stays, so that only the weight at it changes.
    this.#push(mean, -claimed);
    this.#claimed.set(label, claimed);
  }

  /** Removes the new means of all touched groups from the scatter. Yields about every 20 ms. */
  *finish(): Generator<void, void> {
    for (const { weight, sums } of this.#open.values()) {
      if (this.#means(weight, sums, -1)) yield;
    }
    this.#flush();
  }

  /** The contents after the change, to be read once after {@link finish}. */
  result(): ScatterContents {
    const classes = new Map(this.#before.classes);
    for (const [label, { count, weight, sums }] of this.#open) {
      if (label === null) continue;
      if (count === 0) classes.delete(label);
      else classes.set(label, closed({ count, weight, sums }));
    }
    for (const [label, claimed] of this.#claimed) {
      const { count, weight, sums } = classes.get(label)!;
      const scale = 1 + claimed / weight;
      const grown = sums.map((sum) => sum * scale);
      classes.set(label, { count, weight: weight + claimed, sums: grown });
    }
    const openBackground = this.#open.get(null);
    const background =
      openBackground === undefined ? this.#before.background : closed(openBackground);
    // Rounding errors left by rows that are all removed must not distort the next class.
    if (classes.size === 0 && background.weight === 0) return emptyContents(this.#layout);
    // A new seed per change, or values below one rounding unit would never count.
    const revision = this.#before.revision + 1;
    const within = storeParts(this.#layout, this.#within, revision);
    return { within, classes, background, revision };
  }

  /** The open sums of a group. Its old mean is first put back into the scatter. */
  #group(label: string | null): OpenGroup {
    const open = this.#open.get(label);
    if (open !== undefined) return open;
    const { background, classes } = this.#before;
    const empty = { count: 0, weight: 0, sums: new Float32Array(this.#features) };
    const { count, weight, sums } = (label === null ? background : classes.get(label)) ?? empty;
    const group = { count, weight, sums: Float64Array.from(sums) };
    this.#means(weight, group.sums, 1);
    this.#open.set(label, group);
    return group;
  }

  /** Adds weight · mean · meanᵀ, or removes it. Returns true when it is time for a pause. */
  #means(weight: number, sums: Float64Array, sign: 1 | -1): boolean {
    if (!(weight > weightEpsilon)) return false;
    this.#push(
      sums.map((sum) => sum / weight),
      sign * weight,
    );
    return this.#products >= productsPerPause;
  }

  #push(values: Float64Array, weight: number): void {
    this.#batch[this.#waiting]!.set(values);
    this.#weights[this.#waiting] = weight;
    if (++this.#waiting === accumulatedAtOnce) this.#flush();
  }

  #flush(): void {
    this.#weights.fill(0, this.#waiting);
    for (const [i, { part, columns }] of this.#parts.entries()) {
      for (const [row, column] of columns.entries()) gather(part, this.#batch[row]!, column);
      const packed = this.#within[i]!;
      accumulate(packed, part.above + part.places.length, columns, this.#weights, part.above);
      this.#products += packed.length * this.#waiting;
    }
    this.#waiting = 0;
  }
}

/**
 * Rounds a group's sums. Without rows they are zero: dividing them by a rounding error is
 * meaningless.
 */
function closed({ count, weight, sums }: OpenGroup): GroupSums {
  if (Math.abs(weight) <= weightEpsilon) {
    return { count, weight: 0, sums: new Float32Array(sums.length) };
  }
  return { count, weight, sums: Float32Array.from(sums) };
}

function addTo(group: OpenGroup, values: Float64Array, weight: number): void {
  const { sums } = group;
  for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + weight * values[i]!;
  group.weight += weight;
}
