import { ClassMoments, type ClassSums } from './class-moments.ts';
import { Gram } from '../../foundation/linear-algebra/gram.ts';
import type { RowSums } from '../../foundation/linear-algebra/row-sums.ts';
import { addMeans } from './within-scatter.ts';

/** The sums of {@link StoredMoments}. */
export interface StoredContents {
  /** Number of rows: added less removed. */
  readonly rows: number;
  /**
   * Like the {@link Gram} or {@link RowSums} over all rows, but with second moments about the
   * means.
   */
  readonly all: Float32Array;
  readonly classes: readonly StoredClass[];
}

/** The sums of one class; see {@link ClassSums}. */
export interface StoredClass {
  readonly name: string;
  readonly examples: number;
  readonly squares: number;
  readonly features: Float32Array;
}

/**
 * {@link ClassMoments} as stored between two changes, in float32: half the bytes of the float64
 * sums.
 *
 * Second moments are stored about the mean of each row's class. About the origin, float32 would
 * round away the small differences between similar rows.
 */
export class StoredMoments<All extends Gram | RowSums = Gram | RowSums> {
  readonly contents: StoredContents;
  readonly #empty: All;

  /** `empty`: sums of the same kind over no rows. */
  constructor(empty: All, contents?: StoredContents) {
    this.#empty = empty;
    this.contents = contents ?? {
      rows: 0,
      all: new Float32Array(empty.values.length),
      classes: [],
    };
  }

  /** Rounds sums to float32. Yields every few milliseconds. */
  static *of<All extends Gram | RowSums>(
    moments: ClassMoments<All>,
    empty: All,
  ): Generator<void, StoredMoments<All>> {
    const { rows, all, classes } = moments.contents();
    let kept = all;
    if (hasSecondMoments(moments)) {
      kept = all.slice();
      yield* addMeans(kept, moments, -1);
    }
    return new StoredMoments(empty, {
      rows,
      all: Float32Array.from(kept),
      classes: classes.map((sums) => ({ ...sums, features: Float32Array.from(sums.features) })),
    });
  }

  /** Values per row. */
  get features(): number {
    return this.#empty.size - 1;
  }

  get bytes(): number {
    const { all, classes } = this.contents;
    return all.byteLength + classes.length * this.#empty.size * 4;
  }

  /** The sums in float64, ready to be changed. Yields every few milliseconds. */
  *open(): Generator<void, ClassMoments<All>> {
    const { rows, all, classes } = this.contents;
    const sums = classes.map(({ name, features, ...counts }): [string, ClassSums] => [
      name,
      { ...counts, features: Float64Array.from(features) },
    ]);
    const values = this.#empty.refilled(Float64Array.from(all), rows) as All;
    const moments = new ClassMoments(values, new Map(sums));
    if (hasSecondMoments(moments)) yield* addMeans(moments.all.values, moments, 1);
    return moments;
  }
}

function hasSecondMoments(moments: ClassMoments): moments is ClassMoments<Gram> {
  return moments.all instanceof Gram;
}
