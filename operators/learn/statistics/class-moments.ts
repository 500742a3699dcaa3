import { Gram } from '../../foundation/linear-algebra/gram.ts';
import type { RowSums } from '../../foundation/linear-algebra/row-sums.ts';
import type { ClassMove } from '../strategy.ts';

/** Sums over the rows of one class. */
export interface ClassSums {
  /** Examples with at least one row; the class is dropped at 0. */
  examples: number;
  /** Σ w·t·x over its rows; the last value is Σ w·t. */
  readonly features: Float64Array;
  /** Σ w·t². */
  squares: number;
}

/**
 * Rows of one example. `targets`: share of each row that belongs to the class; `weight`: of each
 * row.
 */
export interface WeightedRows {
  readonly rows: Float32Array;
  readonly targets: Float32Array;
  readonly weight: number;
}

/** All sums as numbers and vectors, for saving. */
export interface MomentsContents {
  readonly rows: number;
  /** Values of the {@link Gram} or the {@link RowSums} over all rows. */
  readonly all: Float64Array;
  readonly classes: readonly ({ readonly name: string } & Readonly<ClassSums>)[];
}

/**
 * Sums over feature rows that give the means and covariances of classes: moments of all rows
 * together, and the target-weighted sum of each class's rows.
 *
 * The share of a row that does not belong to its class counts as background. Adding and removing
 * commute, so the sums do not depend on order, up to rounding in float64.
 */
export class ClassMoments<All extends Gram | RowSums = Gram | RowSums> {
  /** Moments of all rows: examples of any label, and background. */
  readonly all: All;
  readonly #classes: Map<string, ClassSums>;

  constructor(all: All, classes = new Map<string, ClassSums>()) {
    this.all = all;
    this.#classes = classes;
  }

  /** Values per row. */
  get features(): number {
    return this.all.size - 1;
  }

  /** True if any class has rows here. */
  get hasClasses(): boolean {
    return this.#classes.size > 0;
  }

  get bytes(): number {
    return this.all.values.byteLength + this.#classes.size * this.all.size * 8;
  }

  clone(): ClassMoments<All> {
    const classes = new Map<string, ClassSums>();
    for (const [name, sums] of this.#classes) {
      classes.set(name, { ...sums, features: sums.features.slice() });
    }
    return new ClassMoments(this.all.clone() as All, classes);
  }

  /** The moments of the first `features` features alone, as if the others had never been added. */
  leading(features: number): ClassMoments<All> {
    const classes = new Map<string, ClassSums>();
    for (const [name, sums] of this.#classes) {
      const kept = sums.features.slice(0, features + 1);
      kept[features] = sums.features.at(-1)!;
      classes.set(name, { ...sums, features: kept });
    }
    return new ClassMoments(this.all.leading(features) as All, classes);
  }

  /** Adds rows that belong to no class. A negative weight removes them. */
  addNegatives(rows: Float32Array, weight: number): void {
    if (rows.length > 0 && weight !== 0) this.all.add(rows, weight);
  }

  /** Adds one example's rows; `sign` -1 removes them. An example without rows has no effect. */
  addExample(label: string, { rows, targets, weight }: WeightedRows, sign: 1 | -1): void {
    if (targets.length === 0) return;
    this.all.add(rows, sign * weight);
    let sums = this.#classes.get(label);
    if (sums === undefined) {
      sums = { examples: 0, features: new Float64Array(this.all.size), squares: 0 };
      this.#classes.set(label, sums);
    }
    sums.examples += sign;
    if (sums.examples === 0) {
      this.#classes.delete(label);
      return;
    }
    const { features } = this;
    for (let row = 0; row < targets.length; row++) {
      const target = targets[row]!;
      const scale = sign * weight * target;
      const start = row * features;
      for (let i = 0; i < features; i++) {
        sums.features[i] = sums.features[i]! + scale * rows[start + i]!;
      }
      sums.features[features] = sums.features[features]! + scale;
      sums.squares += scale * target;
    }
  }

  /**
   * Adds the sums of `from` to those of `to`, exactly as if all its rows had been added as `to`.
   *
   * For null, the class's weight and mean are removed from all sums, so that its rows do not count
   * as background. Their scatter about that mean stays in the second moments: without the rows, it
   * cannot be separated from that of other classes. Ignores a class without rows.
   */
  move({ from, to }: ClassMove): void {
    const sums = this.#classes.get(from);
    if (sums === undefined || from === to) return;
    this.#classes.delete(from);
    if (to === null) {
      const weight = sums.features[this.features]!;
      if (weight > 0) this.all.addMass(sums.features.subarray(0, -1), weight, -1);
      return;
    }
    const into = this.#classes.get(to);
    if (into === undefined) {
      this.#classes.set(to, sums);
      return;
    }
    into.examples += sums.examples;
    into.squares += sums.squares;
    for (let i = 0; i <= this.features; i++) {
      into.features[i] = into.features[i]! + sums.features[i]!;
    }
  }

  /** The sums of one class; undefined if it has no rows here. */
  of(name: string): Readonly<ClassSums> | undefined {
    return this.#classes.get(name);
  }

  /** The sums of every class that has rows here. */
  sums(): Iterable<Readonly<ClassSums>> {
    return this.#classes.values();
  }

  /** The sums of all classes together. */
  ofAnyClass(): Readonly<ClassSums> {
    const any: ClassSums = { examples: 0, features: new Float64Array(this.all.size), squares: 0 };
    for (const sums of this.#classes.values()) {
      for (let i = 0; i < any.features.length; i++) {
        any.features[i] = any.features[i]! + sums.features[i]!;
      }
      any.examples += sums.examples;
      any.squares += sums.squares;
    }
    return any;
  }

  contents(): MomentsContents {
    return {
      rows: this.all.rows,
      all: this.all.values,
      classes: [...this.#classes].map(([name, sums]) => ({ name, ...sums })),
    };
  }
}

/** What is saved of moments beside their vectors. */
export interface SavedMoments {
  readonly rows: number;
  readonly classes: readonly {
    readonly name: string;
    readonly examples: number;
    readonly squares: number;
  }[];
}

/** Moments as a header and vectors, for a file. The vectors may be of any precision. */
export function packMoments<Values>({
  rows,
  all,
  classes,
}: {
  readonly rows: number;
  readonly all: Values;
  readonly classes: readonly (SavedMoments['classes'][number] & { readonly features: Values })[];
}): { readonly header: SavedMoments; readonly blobs: readonly Values[] } {
  const header = {
    rows,
    classes: classes.map(({ name, examples, squares }) => ({ name, examples, squares })),
  };
  return { header, blobs: [all, ...classes.map(({ features }) => features)] };
}

/** Reads moments that were packed in float64; `take` reads so many bytes of their vectors. */
export function unpackMoments(
  { rows, classes }: SavedMoments,
  features: number,
  take: (bytes: number) => ArrayBuffer,
): ClassMoments<Gram> {
  const doubles = (length: number) => new Float64Array(take(8 * length));
  const empty = new Gram(features);
  const all = empty.refilled(doubles(empty.values.length), rows);
  const sums = classes.map(({ name, ...counts }): [string, ClassSums] => [
    name,
    { ...counts, features: doubles(empty.size) },
  ]);
  return new ClassMoments(all, new Map(sums));
}
