import type { StoredTriangle } from '../../foundation/linear-algebra/stored-triangle.ts';
import type { ClassMove } from '../strategy.ts';
import { ScatterChange } from './scatter-change.ts';
import {
  type Claim,
  emptyContents,
  type GroupSums,
  loadParts,
  scatterBytes,
  type ScatterContents,
  type ScatterRows,
  storeParts,
} from './scatter-contents.ts';
import { featuresOf, type ScatterLayout } from './scatter-layout.ts';
import { joinedSums, reducedSums } from './scatter-sums.ts';

/**
 * Class means, the background mean, and one scatter matrix of rows about the mean of their group,
 * pooled over all classes and background: the statistics of a linear discriminant (Fisher, 1936;
 * streaming: Hayes and Kanan, 2020). Immutable.
 *
 * Products of features in different blocks are not kept; the landmarks stand for their correlation.
 * Everything is a sum over rows, so order does not matter and an example can be removed. The sums
 * of one change are taken in float64 and rounded once, at its end. A change costs the same for any
 * number of earlier classes and rows, because only the means it touches are removed from the
 * scatter and put back.
 *
 * `orbit` is for rows that show one object: the differences between them are what a classifier
 * should ignore, so they weigh more than the differences between objects of one class.
 */
export class Scatter implements ScatterContents {
  readonly layout: ScatterLayout;
  /** Number of kept features: landmarks and those of all blocks. */
  readonly features: number;
  readonly within: readonly StoredTriangle[];
  readonly classes: ReadonlyMap<string, GroupSums>;
  readonly background: GroupSums;
  readonly revision: number;

  constructor(layout: ScatterLayout, contents: ScatterContents = emptyContents(layout)) {
    this.layout = layout;
    this.features = featuresOf(layout);
    this.within = contents.within;
    this.classes = contents.classes;
    this.background = contents.background;
    this.revision = contents.revision;
  }

  /** Σ w over all rows. */
  get weight(): number {
    let weight = this.background.weight;
    for (const group of this.classes.values()) weight += group.weight;
    return weight;
  }

  get bytes(): number {
    return scatterBytes(this.layout, this.classes.size);
  }

  /**
   * A scatter with rows added and removed, and then with classes moved; see
   * {@link ScatterChange.move}. Yields about every 20 ms.
   *
   * @throws {RangeError} if more examples of a class are removed than were added.
   */
  *with(
    changes: readonly ScatterRows[],
    moved: readonly ClassMove[] = [],
  ): Generator<void, Scatter> {
    const next = new ScatterChange(this.layout, this);
    for (const change of changes) if (next.add(change)) yield;
    for (const move of moved) next.move(move);
    yield* next.finish();
    return new Scatter(this.layout, next.result());
  }

  /** A scatter in which parts of background belong to classes, each about the class's mean. */
  *claimed(claims: readonly Claim[]): Generator<void, Scatter> {
    const next = new ScatterChange(this.layout, this);
    for (const claim of claims) next.claim(claim);
    yield* next.finish();
    return new Scatter(this.layout, next.result());
  }

  /** {@link within} in float64: the landmarks' packed triangle, then each block's rows below it. */
  loaded(): Float64Array[] {
    return loadParts(this.within);
  }

  /** This scatter under a layout that keeps less: its landmarks and blocks are subsets of these. */
  reduced(layout: ScatterLayout): Scatter {
    const { within: parts, classes, background } = reducedSums(this, layout);
    const revision = this.revision + 1;
    const within = storeParts(layout, parts, revision);
    return new Scatter(layout, { within, classes, background, revision });
  }

  /** True without rows. */
  get isEmpty(): boolean {
    return this.classes.size === 0 && this.background.weight === 0;
  }

  /**
   * The scatter of the rows of both, rounded once, under a layout whose landmarks and blocks are
   * subsets of those of both. Rows that both have count twice. With an empty one it is the other.
   * Yields about every 20 ms.
   */
  *plus(other: Scatter, layout: ScatterLayout): Generator<void, Scatter> {
    if (this.isEmpty || other.isEmpty) {
      const rows = other.isEmpty ? this : other;
      return rows.layout === layout ? rows : rows.reduced(layout);
    }
    const { within: parts, ...groups } = yield* joinedSums(
      layout,
      reducedSums(this, layout),
      reducedSums(other, layout),
    );
    // The same seed in either order.
    const revision = this.revision + other.revision + 1;
    const within = storeParts(layout, parts, revision);
    return new Scatter(layout, { within, ...groups, revision });
  }
}
