import { denseLatentLength } from '../../../detect/engines/engine.ts';
import { openFile, sealFile } from '../../../foundation/files/sealed-file.ts';
import { checkChange } from '../../examples/check-example.ts';
import { ClassCounts } from '../../statistics/class-counts.ts';
import { runInSteps } from '../../../foundation/threads/run-in-steps.ts';
import type { Change, Example, HeadDraft, Strategy } from '../../strategy.ts';
import { embeddingLengthOf, type EmbeddingOption } from '../embedding-option.ts';
import {
  densePenalty,
  embeddingPenalty,
  RidgeLayer,
  type RidgeLayerContents,
  type SolvedLayer,
} from '../../solvers/ridge-layer.ts';

/** Settings of {@link createRidge}. */
export interface RidgeOptions extends EmbeddingOption {
  /** Awaited every few milliseconds of work, so that the thread can do other work. */
  readonly pause?: () => Promise<void>;
}

const kind = { name: 'ridge state', magic: 'LLRIDGE_', version: 1 };

/** Examples added between two pauses: about 20 ms of arithmetic. */
const examplesPerPause = 4;

interface RidgeState {
  readonly classes: ClassCounts;
  readonly dense: RidgeLayer;
  readonly crop: RidgeLayer;
}

/**
 * A `ridge` strategy that has learned nothing yet.
 *
 * Closed-form ridge regression on frozen latents. Its sums of second moments equal those of
 * training on everything at once, in any order: nothing is forgotten, no example is kept, and a
 * wrong one is subtracted.
 *
 * Dense layer: cells around the object's centre, with CenterNet's Gaussian targets, against
 * background cells, each of which stands for `backgroundWeight` cells. Crop layer: embeddings of
 * weight 1 against those of examples without a class. Sums are kept in float64; a bound on bytes is
 * ignored. After "Incremental robot learning of new objects with fixed update time", Camoriano et
 * al., 2017, without its class weights, for which see `air`.
 */
export function createRidge(options: RidgeOptions = {}): Strategy {
  return new Ridge(options);
}

class Ridge implements Strategy {
  readonly name = 'ridge';
  readonly paper =
    'After Incremental robot learning of new objects with fixed update time, Camoriano et al., 2017';
  readonly #embeddingLength: number;
  readonly #pause: () => Promise<void>;
  #state: RidgeState;

  constructor({ pause, ...options }: RidgeOptions) {
    this.#embeddingLength = embeddingLengthOf(options);
    this.#pause = pause ?? (() => Promise.resolve());
    this.#state = {
      classes: new ClassCounts(),
      dense: new RidgeLayer(denseLatentLength, densePenalty),
      crop: new RidgeLayer(this.#embeddingLength, embeddingPenalty),
    };
  }

  get classes(): readonly string[] {
    return this.#state.classes.names;
  }

  get stateBytes(): number {
    return this.#state.dense.stateBytes + this.#state.crop.stateBytes;
  }

  async update(change: Change, signal?: AbortSignal): Promise<HeadDraft> {
    signal?.throwIfAborted();
    await runInSteps(checkChange(change, this.#embeddingLength), this.#pause, signal);
    // All work is done on a copy, so that an abort or an error half-way leaves nothing behind.
    const { classes, dense, crop } = this.#state;
    const next = { classes: classes.clone(), dense: dense.clone(), crop: crop.clone() };
    await runInSteps(applyChange(next, change), this.#pause, signal);
    const names = next.classes.names;
    const denseSolved = await runInSteps(next.dense.solve(names), this.#pause, signal);
    const cropSolved = next.crop.hasClasses
      ? await runInSteps(next.crop.solve(names), this.#pause, signal)
      : null;
    this.#state = next;
    return draft(names, denseSolved, cropSolved);
  }

  save(): Uint8Array {
    const { classes, dense, crop } = this.#state;
    const layers = [dense.contents(), crop.contents()];
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
    const sizes = [this.#state.dense, this.#state.crop].map(({ features }) => features + 1);
    const contents = layers.map(({ rows, classes: sums }, layer): RidgeLayerContents => {
      const size = sizes[layer]!;
      return {
        rows,
        gram: new Float64Array(take((8 * size * (size + 1)) / 2)),
        classes: sums.map((counts) => ({ ...counts, features: new Float64Array(take(8 * size)) })),
      };
    });
    this.#state = {
      classes: new ClassCounts(classes),
      dense: RidgeLayer.from(denseLatentLength, densePenalty, contents[0]!),
      crop: RidgeLayer.from(this.#embeddingLength, embeddingPenalty, contents[1]!),
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

/** Adds and removes a change's examples, in place. Yields every few examples. */
function* applyChange(state: RidgeState, change: Change): Generator<void, void> {
  let count = 0;
  for (const example of change.added) {
    addExample(state, example, 1);
    if (++count % examplesPerPause === 0) yield;
  }
  for (const example of change.removed) {
    addExample(state, example, -1);
    if (++count % examplesPerPause === 0) yield;
  }
  for (const move of change.moved ?? []) {
    for (const part of [state.classes, state.dense, state.crop]) part.move(move);
    yield;
  }
  state.dense.addNegatives(change.background, change.backgroundWeight);
  yield;
}

function addExample({ classes, dense, crop }: RidgeState, example: Example, sign: 1 | -1): void {
  const { label, embeddings } = example;
  if (label === null) {
    dense.addNegatives(example.dense, sign);
    crop.addNegatives(embeddings, sign);
    return;
  }
  classes.count(label, sign);
  dense.addExample(label, { rows: example.dense, targets: example.denseTargets, weight: 1 }, sign);
  const targets = new Float32Array(embeddings.length / crop.features).fill(1);
  crop.addExample(label, { rows: embeddings, targets, weight: 1 }, sign);
}

function draft(
  classes: readonly string[],
  dense: SolvedLayer,
  crop: SolvedLayer | null,
): HeadDraft {
  return {
    strategy: 'ridge',
    classes,
    objectness: dense.anyClass,
    dense: dense.layer,
    crop: crop?.layer ?? null,
    activation: 'clip',
    // Outputs are scaled to 0 off the class and 0.7 on it, so one threshold suits every class.
    thresholds: new Float32Array(classes.length).fill(0.45),
  };
}
