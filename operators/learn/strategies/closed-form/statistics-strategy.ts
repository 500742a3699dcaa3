import { denseLatentLength } from '../../../detect/engines/engine.ts';
import type { Head, LinearLayer } from '../../../detect/heads/head.ts';
import { openFile, sealFile } from '../../../foundation/files/sealed-file.ts';
import { packedLength } from '../../../foundation/linear-algebra/cholesky.ts';
import { Gram } from '../../../foundation/linear-algebra/gram.ts';
import { runInSteps } from '../../../foundation/threads/run-in-steps.ts';
import { checkChange } from '../../examples/check-example.ts';
import { densePenalty, solveRidge } from '../../solvers/ridge-layer.ts';
import { ClassCounts } from '../../statistics/class-counts.ts';
import {
  ClassMoments,
  packMoments,
  type SavedMoments,
  unpackMoments,
} from '../../statistics/class-moments.ts';
import type { Change, Example, HeadDraft, Strategy } from '../../strategy.ts';
import { BytesError } from '../bytes-error.ts';
import { embeddingLengthOf, type EmbeddingOption } from '../embedding-option.ts';
import type { CropSumsKind, OpenCropSums, StoredCropSums } from './crop-sums.ts';
import type { EmbeddingFeatures } from './embedding-features.ts';

/** Settings of the methods that keep sums. */
export interface StatisticsOptions extends EmbeddingOption {
  /**
   * Decides which features are dropped when bytes are short, and random projections. Default: 1.
   */
  readonly seed?: number;
  /** Bound on the state, met by dropping features of crop embeddings. Default: no bound. */
  readonly bytesMax?: number;
  /**
   * Most random features of `ranpac`, `truncated-svd` and `klda`; bytes may allow fewer. Default:
   * 2,048.
   */
  readonly randomFeatures?: number;
  /** Awaited every few milliseconds of work. */
  readonly pause?: () => Promise<void>;
}

/**
 * The parts in which methods of sums differ: the embedding features they keep, and how they
 * solve.
 */
export interface StatisticsMethod<Open extends OpenCropSums> {
  readonly name: string;
  /** Title, authors, year. */
  readonly paper: string;
  readonly features: EmbeddingFeatures;
  /** The sums that it keeps of them. */
  readonly cropSums: CropSumsKind<Open>;
  readonly solveDense: Solve<ClassMoments<Gram>>;
  readonly solveCrop: Solve<Open>;
  readonly activation: Head['activation'];
  /** Score from which a class is predicted. */
  readonly threshold: number;
}

/** Solves a layer from sums, one row per class. Yields every few milliseconds. */
export type Solve<Sums> = (sums: Sums, classes: readonly string[]) => Generator<void, LinearLayer>;

interface State<Open extends OpenCropSums> {
  readonly classes: ClassCounts;
  readonly dense: ClassMoments<Gram>;
  readonly crop: StoredCropSums<Open>;
}

/** A state while it is being changed. */
interface OpenState<Open extends OpenCropSums> {
  readonly classes: ClassCounts;
  readonly dense: ClassMoments<Gram>;
  readonly crop: Open;
}

const magic = 'LLSTATST';
const version = 3;
/** Feature products summed between two pauses: about 20 ms. */
const productsPerPause = 1.5e7;
/**
 * Embedding features are dropped in steps of this many; with fewer than one step left, none would
 * remain.
 */
const featureStep = 32;

/**
 * Learns by adding to sums, and solves a head from them in closed form, as a {@link
 * StatisticsMethod} defines.
 *
 * The sums do not depend on the order of examples, and a wrong example is subtracted, so a head
 * carries no trace of the order of classes or of removed examples. Sums over crop embeddings, all
 * but a few kB of the bytes, are stored as float32, and of `truncated-svd` as float64; after 20
 * changes the rounding error is below 1e-3 of a weight, and for `ncm` and `slda` below 1e-4. When
 * `bytesMax` is short, embedding features are dropped, the last ones first, and only a new strategy
 * has them again. `update` rejects with a {@link BytesError} if not even {@link featureStep}
 * features fit.
 *
 * Objectness is the same ridge regression for every method. Boxes are those of the frozen base
 * head.
 */
export class StatisticsStrategy<Open extends OpenCropSums> implements Strategy {
  readonly #method: StatisticsMethod<Open>;
  readonly #bytesMax: number;
  readonly #embeddingLength: number;
  readonly #pause: () => Promise<void>;
  #state: State<Open>;

  constructor(method: StatisticsMethod<Open>, options: StatisticsOptions = {}) {
    const { bytesMax, pause } = options;
    this.#method = method;
    this.#embeddingLength = embeddingLengthOf(options);
    this.#bytesMax = bytesMax ?? Infinity;
    this.#pause = pause ?? (() => Promise.resolve());
    this.#state = {
      classes: new ClassCounts(),
      dense: new ClassMoments(new Gram(denseLatentLength)),
      crop: method.cropSums.empty(this.#featuresFor(0)),
    };
  }

  get name(): string {
    return this.#method.name;
  }

  get paper(): string {
    return this.#method.paper;
  }

  get classes(): readonly string[] {
    return this.#state.classes.names;
  }

  get stateBytes(): number {
    return this.#state.dense.bytes + this.#state.crop.bytes;
  }

  async update(change: Change, signal?: AbortSignal): Promise<HeadDraft> {
    signal?.throwIfAborted();
    const { added, background, backgroundWeight } = change;
    await runInSteps(checkChange(change, this.#embeddingLength), this.#pause, signal);
    // All work is done on a copy, so that an abort or an error half-way leaves nothing behind.
    const next = await runInSteps(this.#openWithRoomFor(added), this.#pause, signal);
    await runInSteps(this.#apply(next, change), this.#pause, signal);
    next.dense.addNegatives(background, backgroundWeight);
    const { solveDense, solveCrop, features, activation, threshold } = this.#method;
    const names = next.classes.names;
    const { anyClass } = await runInSteps(
      solveRidge(next.dense, [], densePenalty),
      this.#pause,
      signal,
    );
    const dense = await runInSteps(solveDense(next.dense, names), this.#pause, signal);
    const crop = next.crop.hasClasses
      ? features.toHead(await runInSteps(solveCrop(next.crop, names), this.#pause, signal))
      : null;
    this.#state = await runInSteps(this.#close(next), this.#pause, signal);
    return {
      strategy: this.name,
      classes: names,
      objectness: anyClass,
      dense,
      crop,
      activation,
      thresholds: new Float32Array(names.length).fill(threshold),
    };
  }

  *#openWithRoomFor(added: readonly Example[]): Generator<void, OpenState<Open>> {
    const { classes, dense, crop } = this.#state;
    const names = new Set(classes.names);
    for (const { label } of added) if (label !== null) names.add(label);
    const features = this.#featuresFor(names.size);
    const moments = yield* crop.open();
    yield;
    return {
      classes: classes.clone(),
      dense: dense.clone(),
      crop: features < crop.features ? this.#method.cropSums.leading(moments, features) : moments,
    };
  }

  *#close({ classes, dense, crop }: OpenState<Open>): Generator<void, State<Open>> {
    return {
      classes,
      dense,
      crop: yield* this.#method.cropSums.close(crop),
    };
  }

  /** Number of embedding features that fit the bytes for this many classes. */
  #featuresFor(classes: number): number {
    const { features: available, cropSums, name } = this.#method;
    const dense = 8 * (packedLength(denseLatentLength + 1) + classes * (denseLatentLength + 1));
    const bytes = (features: number) => dense + cropSums.bytes(features, classes);
    let features = available.max;
    while (bytes(features) > this.#bytesMax && features >= featureStep) {
      features = featureStep * Math.ceil(features / featureStep - 1);
    }
    if (features >= featureStep) return features;
    const needed = bytes(featureStep);
    throw new BytesError({ strategy: name, needed, classes, allowed: this.#bytesMax });
  }

  /** Adds and removes a change's examples in an open state, and then moves classes. */
  *#apply(state: OpenState<Open>, { added, removed, moved = [] }: Change): Generator<void, void> {
    const rowProducts = state.crop.features ** 2 / 2 + this.#embeddingLength;
    let products = 0;
    for (const [sign, examples] of [
      [1, added],
      [-1, removed],
    ] as const) {
      for (const example of examples) {
        this.#addExample(state, example, sign);
        products += (example.embeddings.length / this.#embeddingLength) * rowProducts;
        products += example.dense.length * denseLatentLength;
        if (products < productsPerPause) continue;
        products = 0;
        yield;
      }
    }
    for (const move of moved) {
      for (const part of [state.classes, state.dense, state.crop]) part.move(move);
      yield;
    }
    yield;
  }

  #addExample({ classes, dense, crop }: OpenState<Open>, example: Example, sign: 1 | -1): void {
    const { label, embeddings } = example;
    const rows = this.#method.features.take(embeddings, crop.features);
    if (label === null) {
      dense.addNegatives(example.dense, sign);
      crop.addNegatives(rows, sign);
      return;
    }
    classes.count(label, sign);
    const { dense: cells, denseTargets } = example;
    dense.addExample(label, { rows: cells, targets: denseTargets, weight: 1 }, sign);
    const targets = new Float32Array(embeddings.length / this.#embeddingLength).fill(1);
    crop.addExample(label, { rows, targets, weight: 1 }, sign);
  }

  save(): Uint8Array {
    const { classes, dense, crop } = this.#state;
    const moments = packMoments(dense.contents());
    const packed = crop.pack();
    const header: Header = {
      method: this.name,
      lookFeatures: crop.features,
      classes: classes.entries,
      dense: moments.header,
      crop: packed.header,
    };
    const blobs = [...moments.blobs, ...packed.blobs];
    return sealFile({ name: `${this.name} state`, magic, version }, header, blobs);
  }

  restore(bytes: Uint8Array): void {
    const { header, take } = openFile({ name: `${this.name} state`, magic, version }, bytes);
    // The checksum vouches for the shape: only save wrote it.
    const { method, lookFeatures, classes, dense: saved, crop } = header as Header;
    if (method !== this.name) throw new Error(`It is the state of ${method}, not of ${this.name}`);
    this.#state = {
      classes: new ClassCounts(classes),
      dense: unpackMoments(saved, denseLatentLength, take),
      crop: this.#method.cropSums.unpack(crop, lookFeatures, take),
    };
  }
}

interface Header {
  readonly method: string;
  /** Number of features kept of crop embeddings. The key is part of the file format. */
  readonly lookFeatures: number;
  readonly classes: readonly (readonly [string, number])[];
  /** Sums over dense latents. */
  readonly dense: SavedMoments;
  /** What the kind of sums over crop embeddings packed. */
  readonly crop: unknown;
}
