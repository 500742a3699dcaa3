import { denseLatentLength, type ObjectnessHead } from '../../detect/engines/engine.ts';
import { packedLength } from '../../foundation/linear-algebra/cholesky.ts';
import { runAtOnce } from '../../foundation/threads/run-in-steps.ts';
import type { Change } from '../strategy.ts';
import { densePenalty, RidgeLayer } from './ridge-layer.ts';

const label = 'object';
const size = denseLatentLength + 1;
/** Cells added between two pauses: about 10 ms. */
const cellsAtOnce = 1000;

/** The scalars of {@link ObjectnessSums}. */
export interface ObjectnessCounts {
  readonly rows: number;
  readonly examples: number;
  readonly squares: number;
}

/**
 * Sums that give the class-agnostic objectness, computed alike for every strategy: ridge regression
 * of the Gaussian targets of all classes on dense cells. Without classes there is none to forget.
 * Immutable; stored as float32, 34 kB.
 */
export class ObjectnessSums {
  readonly counts: ObjectnessCounts;
  /** Packed second moments, then the target-weighted sum. */
  readonly values: Float32Array;

  constructor(
    counts: ObjectnessCounts = { rows: 0, examples: 0, squares: 0 },
    values = new Float32Array(packedLength(size) + size),
  ) {
    this.counts = counts;
    this.values = values;
  }

  get bytes(): number {
    return this.values.byteLength;
  }

  /** The sums with a change's examples added and removed, and its background added. */
  with(change: Change): ObjectnessSums {
    return runAtOnce(this.withInSteps(change));
  }

  /** {@link with}, yielding every few milliseconds. */
  *withInSteps(change: Change): Generator<void, ObjectnessSums> {
    const { added, removed, background, backgroundWeight } = change;
    const layer = this.#layer();
    let cells = 0;
    for (const [sign, examples] of [
      [1, added],
      [-1, removed],
    ] as const) {
      for (const example of examples) {
        const { dense: rows, denseTargets: targets } = example;
        if (example.label === null) layer.addNegatives(rows, sign);
        else layer.addExample(label, { rows, targets, weight: 1 }, sign);
        cells += targets.length;
        if (cells < cellsAtOnce) continue;
        cells = 0;
        yield;
      }
    }
    layer.addNegatives(background, backgroundWeight);
    const { rows, gram, classes } = layer.contents();
    const values = new Float32Array(this.values.length);
    values.set(gram);
    const sums = classes[0];
    if (sums !== undefined) values.set(sums.features, gram.length);
    const { examples = 0, squares = 0 } = sums ?? {};
    return new ObjectnessSums({ rows, examples, squares }, values);
  }

  /** The sums over the rows of both. */
  plus(other: ObjectnessSums): ObjectnessSums {
    const [a, b] = [this.counts, other.counts];
    const counts = {
      rows: a.rows + b.rows,
      examples: a.examples + b.examples,
      squares: a.squares + b.squares,
    };
    const values = this.values.map((value, i) => value + other.values[i]!);
    return new ObjectnessSums(counts, values);
  }

  solve(): ObjectnessHead {
    return runAtOnce(this.#layer().solve([label])).anyClass;
  }

  #layer(): RidgeLayer {
    const { rows, examples, squares } = this.counts;
    const split = packedLength(size);
    const features = Float64Array.from(this.values.subarray(split));
    return RidgeLayer.from(denseLatentLength, densePenalty, {
      rows,
      gram: Float64Array.from(this.values.subarray(0, split)),
      classes: examples > 0 ? [{ name: label, examples, squares, features }] : [],
    });
  }
}
