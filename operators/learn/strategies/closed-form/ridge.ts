import { denseLatentLength, cropEmbeddingLength } from '../../../detect/engines/engine.ts';
import { openFile, sealFile } from '../../../foundation/files/sealed-file.ts';
import { checkExample, checkRows } from '../../examples/check-example.ts';
import { ClassCounts } from '../../statistics/class-counts.ts';
import { runInSteps } from '../../../foundation/threads/run-in-steps.ts';
import type { Change, Example, HeadDraft, Strategy } from '../../strategy.ts';
import {
  densePenalty,
  embeddingPenalty,
  RidgeLayer,
  type RidgeLayerContents,
  type SolvedLayer,
} from '../../solvers/ridge-layer.ts';

/** Settings of {@link RidgeStrategy}. */
export interface RidgeOptions {
  /** Awaited every few milliseconds of work, so that a thread with other duties can see to them. */
  readonly pause?: () => Promise<void>;
}

const kind = { name: 'ridge state', magic: 'LLRIDGE_', version: 1 };

/** Examples that are added between two pauses: about 20 ms of arithmetic. */
const examplesPerPause = 4;

interface RidgeState {
  readonly classes: ClassCounts;
  readonly dense: RidgeLayer;
  readonly look: RidgeLayer;
}

/**
 * Closed-form ridge regression on frozen latents. Its sums of second moments equal those of training on
 * everything at once, in any order: nothing is forgotten, no example is kept, and an
 * example that turns out wrong is subtracted.
 *
 * Dense layer: cells round an object's centre, with CenterNet's Gaussian targets, against background cells,
 * each of which stands for `backgroundWeight` cells. Look layer: second looks, each of which
 * weighs 1, against the looks of unnamed examples. Sums are kept in float64.
 * "RanPAC: Random projections and pre-trained models for continual learning", McDonnell et al., 2023,
 * without its random projection.
 */
export class RidgeStrategy implements Strategy {
  readonly name = 'ridge';
  readonly paper =
    'RanPAC: Random projections and pre-trained models for continual learning, McDonnell et al., 2023';
  readonly #pause: () => Promise<void>;
  #state: RidgeState;

  constructor({ pause }: RidgeOptions = {}) {
    this.#pause = pause ?? (() => Promise.resolve());
    this.#state = {
      classes: new ClassCounts(),
      dense: new RidgeLayer(denseLatentLength, densePenalty),
      look: new RidgeLayer(cropEmbeddingLength, embeddingPenalty),
    };
  }

  get classes(): readonly string[] {
    return this.#state.classes.names;
  }

  get stateBytes(): number {
    return this.#state.dense.stateBytes + this.#state.look.stateBytes;
  }

  async update(change: Change, signal?: AbortSignal): Promise<HeadDraft> {
    signal?.throwIfAborted();
    for (const example of [...change.added, ...change.removed]) checkExample(example);
    checkRows(change.background, denseLatentLength, 'background');
    // All work is done on a copy, so that an abort or an error half-way leaves nothing behind.
    const { classes, dense, look } = this.#state;
    const next = { classes: classes.clone(), dense: dense.clone(), look: look.clone() };
    await runInSteps(takeIn(next, change), this.#pause, signal);
    const names = next.classes.names;
    const denseSolved = await runInSteps(next.dense.solve(names), this.#pause, signal);
    const lookSolved = next.look.hasClasses
      ? await runInSteps(next.look.solve(names), this.#pause, signal)
      : null;
    this.#state = next;
    return draft(names, denseSolved, lookSolved);
  }

  save(): Uint8Array {
    const { classes, dense, look } = this.#state;
    const layers = [dense.contents(), look.contents()];
    const header: Header = {
      classes: classes.entries,
      layers: layers.map(({ rows, classes: sums }) => ({
        rows,
        classes: sums.map(({ name, examples, squares }) => ({ name, examples, squares })),
      })),
    };
    const blobs = layers.flatMap(({ gram, classes: sums }) => [
      gram,
      ...sums.map(({ features }) => features),
    ]);
    return sealFile(kind, header, blobs);
  }

  restore(bytes: Uint8Array): void {
    const { header, take } = openFile(kind, bytes);
    // The checksum vouches for the shape: only save wrote it.
    const { classes, layers } = header as Header;
    const sizes = [this.#state.dense, this.#state.look].map(({ features }) => features + 1);
    const contents = layers.map(({ rows, classes: sums }, layer): RidgeLayerContents => {
      const size = sizes[layer]!;
      return {
        rows,
        gram: new Float64Array(take((8 * size * (size + 1)) / 2)),
        classes: sums.map((own) => ({ ...own, features: new Float64Array(take(8 * size)) })),
      };
    });
    this.#state = {
      classes: new ClassCounts(classes),
      dense: RidgeLayer.from(denseLatentLength, densePenalty, contents[0]!),
      look: RidgeLayer.from(cropEmbeddingLength, embeddingPenalty, contents[1]!),
    };
  }
}

interface Header {
  readonly classes: readonly (readonly [string, number])[];
  readonly layers: readonly {
    readonly rows: number;
    readonly classes: readonly {
      readonly name: string;
      readonly examples: number;
      readonly squares: number;
    }[];
  }[];
}

/** Adds a change to the state; yields every few examples. */
function* takeIn(state: RidgeState, change: Change): Generator<void, void> {
  let count = 0;
  for (const example of change.added) {
    addExample(state, example, 1);
    if (++count % examplesPerPause === 0) yield;
  }
  for (const example of change.removed) {
    addExample(state, example, -1);
    if (++count % examplesPerPause === 0) yield;
  }
  state.dense.addNegatives(change.background, change.backgroundWeight);
  yield;
}

function addExample({ classes, dense, look }: RidgeState, example: Example, sign: 1 | -1): void {
  const { label, embeddings } = example;
  const lookCount = embeddings.length / cropEmbeddingLength;
  if (label === null) {
    dense.addNegatives(example.dense, sign);
    look.addNegatives(embeddings, sign);
    return;
  }
  classes.count(label, sign);
  dense.addExample(label, { rows: example.dense, targets: example.denseTargets, weight: 1 }, sign);
  const targets = new Float32Array(lookCount).fill(1);
  look.addExample(label, { rows: embeddings, targets, weight: 1 }, sign);
}

function draft(
  classes: readonly string[],
  dense: SolvedLayer,
  look: SolvedLayer | null,
): HeadDraft {
  return {
    strategy: 'ridge',
    classes,
    objectness: dense.anyClass,
    dense: dense.layer,
    crop: look?.layer ?? null,
    activation: 'clip',
    // Outputs are scaled to 0 off the class and 0.7 on it, so one threshold fits every class.
    thresholds: new Float32Array(classes.length).fill(0.45),
  };
}
