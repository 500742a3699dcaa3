import { denseLatentLength } from '../../../detect/engines/engine.ts';
import { openFile, sealFile } from '../../../foundation/files/sealed-file.ts';
import { packedLength } from '../../../foundation/linear-algebra/cholesky.ts';
import { Gram } from '../../../foundation/linear-algebra/gram.ts';
import { runInSteps } from '../../../foundation/threads/run-in-steps.ts';
import { checkChange } from '../../examples/check-example.ts';
import { kernelLayer } from '../../solvers/kernel-layer.ts';
import { KernelMatrix } from '../../solvers/kernel-matrix.ts';
import { densePenalty, solveRidge } from '../../solvers/ridge-layer.ts';
import { ClassCounts } from '../../statistics/class-counts.ts';
import {
  ClassMoments,
  packMoments,
  type SavedMoments,
  unpackMoments,
} from '../../statistics/class-moments.ts';
import type { Change, HeadDraft, Strategy } from '../../strategy.ts';
import { BytesError } from '../bytes-error.ts';
import { embeddingLengthOf, type EmbeddingOption } from '../embedding-option.ts';
import { ExemplarStore, unpackStore } from './exemplar-store.ts';
import { packExemplar } from './exemplar.ts';
import { chooseCentres, keepWithin, keptRows } from './kept-rows.ts';

/** Settings of {@link createFalkon}. */
export interface FalkonOptions extends EmbeddingOption {
  /** Decides which examples are kept when bytes are short, and the order of rows. Default: 1. */
  readonly seed?: number;
  /** Bound on the state, met by keeping fewer examples. Default: examples of 16 MiB. */
  readonly bytesMax?: number;
  /** Awaited every few milliseconds of work. */
  readonly pause?: () => Promise<void>;
}

/** Bandwidth of the kernel: that of `klda`, of the median squared distance of FOD-A's videos. */
const gamma = 0.6;
/**
 * The authors' published settings: penalty and thresholds of negatives are those for 30 objects of
 * iCubWorld (github.com/hsp-iit/online-detection), the ten batches of 1,500 those of their
 * demonstration (github.com/robotology/online-detection-demo). They have 2,000 centres per class,
 * with which every update would take minutes here.
 */
const settings = {
  lambda: 1e-4,
  hard: -0.7,
  easy: -0.9,
  batchesMax: 10,
  batchMin: 1500,
  centresMax: 256,
};
/** Most centres of a head, of all classes together: 10 MB of the built-in encoder's embeddings. */
const headCentresMax = 2048;
/** Share of the examples, and of the centres, for what is none of the classes. */
const negativeShare = 1 / 4;
/** Bytes of examples if there is no bound on the state. */
const unboundedBytes = 2 ** 24;
/** As that of `ridge`, whose levels the outputs have. */
const threshold = 0.45;

const magic = 'LLFALKON';
const version = 1;

interface State {
  readonly classes: ClassCounts;
  readonly dense: ClassMoments<Gram>;
  /** Examples with crop embeddings, without their cells. */
  readonly store: ExemplarStore;
}

/**
 * A `falkon` strategy that has learned nothing yet.
 *
 * Kernel ridge regression with a Gaussian kernel over crop embeddings, one class against the rest,
 * on Nyström centres of each class, trained with a Minibootstrap of hard negatives. It keeps the
 * embeddings of examples as float16, as many of one class as of another, a random choice by hashes
 * of their ids, and solves every class anew from them at every update: what is removed leaves
 * nothing behind, but what had to make room for it does not come back.
 *
 * As in the paper, features are frozen, and regression is that of FALKON (Rudi, Carratino and
 * Rosasco, 2017), here solved directly. Unlike there:
 *
 * - Embeddings are signed roots scaled to unit length, with the bandwidth of `klda`, instead of
 *   standardised features with a bandwidth by cross-validation.
 * - Negatives are the other examples that are kept, instead of proposals from all pictures. Fewer
 *   than 3,000 are one batch, so that nothing is left to mine.
 * - A class has up to 256 centres, from up to 2,048 of all classes.
 * - Outputs are scaled and shifted per class, as those of `ridge`: raw ones of a class with few
 *   examples are mostly below 0, and there are thresholds here.
 *
 * Dense latents are scored as by `ridge`, boxes as for every method.
 */
export function createFalkon(options: FalkonOptions = {}): Strategy {
  return new Falkon(options);
}

class Falkon implements Strategy {
  readonly name = 'falkon';
  readonly paper =
    'On-line object detection: a robotics challenge, Maiettini, Pasquale, Rosasco and Natale, 2020';
  readonly #seed: number;
  readonly #bytesMax: number;
  readonly #embeddingLength: number;
  readonly #pause: () => Promise<void>;
  #state: State = {
    classes: new ClassCounts(),
    dense: new ClassMoments(new Gram(denseLatentLength)),
    store: new ExemplarStore(),
  };
  /**
   * Kernel values of the last update, which only save time. Not part of the state: 8 bytes for
   * every kept row and centre. With the rows some 15 MB in 4 MiB and up to 135 MB without a bound,
   * with several crops of each example, and twice that during an update.
   */
  #kernel: KernelMatrix | null = null;

  constructor(options: FalkonOptions) {
    const { seed = 1, bytesMax = Infinity, pause = () => Promise.resolve() } = options;
    this.#seed = seed;
    this.#bytesMax = bytesMax;
    this.#embeddingLength = embeddingLengthOf(options);
    this.#pause = pause;
    this.#storeBytes(0);
  }

  get classes(): readonly string[] {
    return this.#state.classes.names;
  }

  get stateBytes(): number {
    return this.#state.dense.bytes + this.#state.store.bytes;
  }

  async update(change: Change, signal?: AbortSignal): Promise<HeadDraft> {
    const run = <Result>(steps: Generator<void, Result>) => runInSteps(steps, this.#pause, signal);
    signal?.throwIfAborted();
    await run(checkChange(change, this.#embeddingLength));
    // All work is done on a copy, so that an abort or an error half-way leaves nothing behind.
    const next = await run(this.#apply(change));
    const names = next.classes.names;
    const { layer, anyClass } = await run(solveRidge(next.dense, names, densePenalty));
    const rows = await run(keptRows(next.store, this.#embeddingLength, this.#seed));
    const centres = chooseCentres(rows.labels, headCentresMax, negativeShare);
    const kernel = await run(KernelMatrix.of(rows, centres, gamma, this.#kernel));
    const crop = await run(kernelLayer(kernel, rows.labels, names, { gamma, ...settings }));
    signal?.throwIfAborted();
    this.#state = next;
    this.#kernel = kernel;
    return {
      strategy: this.name,
      classes: names,
      objectness: anyClass,
      dense: layer,
      crop,
      activation: 'clip',
      thresholds: new Float32Array(names.length).fill(threshold),
    };
  }

  *#apply(change: Change): Generator<void, State> {
    const { added, removed, moved = [], background, backgroundWeight } = change;
    const classes = this.#state.classes.clone();
    const dense = this.#state.dense.clone();
    for (const [sign, examples] of [
      [1, added],
      [-1, removed],
    ] as const) {
      for (const [i, { label, dense: rows, denseTargets: targets }] of examples.entries()) {
        if (label === null) dense.addNegatives(rows, sign);
        else {
          classes.count(label, sign);
          dense.addExample(label, { rows, targets, weight: 1 }, sign);
        }
        if (i % examplesAtOnce === examplesAtOnce - 1) yield;
      }
    }
    dense.addNegatives(background, backgroundWeight);
    const cells = new Float32Array(0);
    const newcomers = added
      .filter(({ embeddings }) => embeddings.length > 0)
      .map((example) =>
        packExemplar({ ...example, dense: cells, denseTargets: cells }, this.#embeddingLength),
      );
    yield;
    let store = this.#state.store.without(removed);
    store = new ExemplarStore([...store.all(), ...newcomers]);
    for (const move of moved) {
      for (const part of [classes, dense]) part.move(move);
      store = store.moved(move);
    }
    yield;
    const bytes = this.#storeBytes(classes.names.length);
    return { classes, dense, store: keepWithin(store, bytes, this.#seed, negativeShare) };
  }

  /** Bytes that examples may take besides the sums over cells of this many classes. */
  #storeBytes(classes: number): number {
    const values = packedLength(denseLatentLength + 1) + classes * (denseLatentLength + 1);
    const needed = 8 * values;
    const allowed = this.#bytesMax;
    if (needed > allowed) throw new BytesError({ strategy: this.name, needed, classes, allowed });
    return allowed === Infinity ? unboundedBytes : allowed - needed;
  }

  save(): Uint8Array {
    const { classes, dense, store } = this.#state;
    const moments = packMoments(dense.contents());
    const packed = store.pack();
    const header: Header = {
      classes: classes.entries,
      dense: moments.header,
      store: packed.header,
    };
    const blobs = [...moments.blobs, ...packed.blobs];
    return sealFile({ name: `${this.name} state`, magic, version }, header, blobs);
  }

  restore(bytes: Uint8Array): void {
    const { header, take } = openFile({ name: `${this.name} state`, magic, version }, bytes);
    // The checksum vouches for the shape: only save wrote it.
    const { classes, dense: saved, store } = header as Header;
    this.#state = {
      classes: new ClassCounts(classes),
      dense: unpackMoments(saved, denseLatentLength, take),
      store: unpackStore(store, take),
    };
    this.#kernel = null;
  }
}

/** Examples added between two pauses: a few milliseconds. */
const examplesAtOnce = 100;

interface Header {
  readonly classes: readonly (readonly [string, number])[];
  /** Sums over dense latents. */
  readonly dense: SavedMoments;
  /** What the store packed. */
  readonly store: unknown;
}
