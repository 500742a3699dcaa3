import { denseLatentLength, cropEmbeddingLength } from '../../../detect/engines/engine.ts';
import type { Head, LinearLayer } from '../../../detect/heads/head.ts';
import { openFile, sealFile } from '../../../foundation/files/sealed-file.ts';
import { checkExample, checkRows } from '../../examples/check-example.ts';
import { packedLength } from '../../../foundation/linear-algebra/cholesky.ts';
import { ClassCounts } from '../../statistics/class-counts.ts';
import { runInSteps } from '../../../foundation/threads/run-in-steps.ts';
import { ClassMoments, type ClassSums } from '../../statistics/class-moments.ts';
import { Gram } from '../../../foundation/linear-algebra/gram.ts';
import { StoredMoments } from '../../statistics/stored-moments.ts';
import type { RowSums } from '../../../foundation/linear-algebra/row-sums.ts';
import type { Change, Example, HeadDraft, Strategy } from '../../strategy.ts';
import { BytesError } from '../bytes-error.ts';
import type { EmbeddingFeatures } from './embedding-features.ts';
import { densePenalty, solveRidge } from '../../solvers/ridge-layer.ts';

/** Settings of the methods that keep sums. */
export interface StatisticsOptions {
  /** Decides which features go where bytes are short, and random projections. Default 1. */
  readonly seed?: number;
  /** What the state may take. Features of looks are left out to stay below. Default: no bound. */
  readonly bytesMax?: number;
  /** Awaited every few milliseconds of work. */
  readonly pause?: () => Promise<void>;
}

/** Where one method of sums differs from another: what it keeps of looks, and how it solves. */
export interface StatisticsMethod<Look extends Gram | RowSums> {
  readonly name: string;
  /** Title, authors, year. */
  readonly paper: string;
  readonly looks: EmbeddingFeatures;
  /** Sums over this many features of looks. */
  readonly emptyLooks: (features: number) => Look;
  readonly solveDense: Solve<Gram>;
  readonly solveLook: Solve<Look>;
  readonly activation: Head['activation'];
  /** From which score on a class is named. */
  readonly threshold: number;
}

/** A layer out of sums, one row a class. Yields every few milliseconds. */
export type Solve<All extends Gram | RowSums> = (
  moments: ClassMoments<All>,
  classes: readonly string[],
) => Generator<void, LinearLayer>;

interface State<Look extends Gram | RowSums> {
  readonly classes: ClassCounts;
  readonly dense: ClassMoments<Gram>;
  readonly look: StoredMoments<Look>;
}

/** A state while it changes. */
interface OpenState<Look extends Gram | RowSums> {
  readonly classes: ClassCounts;
  readonly dense: ClassMoments<Gram>;
  readonly look: ClassMoments<Look>;
}

const magic = 'LLSTATST';
const version = 2;
/** Feature products that are summed between two pauses: about 20 ms. */
const productsPerPause = 1.5e7;
/** Features of looks are left out so many at a time, and fewer than that are none. */
const featureStep = 32;

/**
 * Learns by adding to sums, and solves a head out of them in closed form; a {@link StatisticsMethod} says which.
 *
 * Sums of all examples do not depend on their order, and one that turns out wrong is subtracted: no head remembers
 * in which order its classes came, or what was taken back. Sums over looks, all but some kB of the bytes, are kept
 * in float32; what rounding leaves is below 1e-4 of a weight. Where `bytesMax` is short, features of looks are left out, the last ones first, and come back only
 * with a new strategy. `update` rejects with a {@link BytesError} where even {@link featureStep} features do not fit.
 *
 * Objectness is the same ridge column for every method. Boxes are those of the frozen base head.
 */
export class StatisticsStrategy<Look extends Gram | RowSums> implements Strategy {
  readonly #method: StatisticsMethod<Look>;
  readonly #bytesMax: number;
  readonly #pause: () => Promise<void>;
  #state: State<Look>;

  constructor(method: StatisticsMethod<Look>, { bytesMax, pause }: StatisticsOptions = {}) {
    this.#method = method;
    this.#bytesMax = bytesMax ?? Infinity;
    this.#pause = pause ?? (() => Promise.resolve());
    this.#state = {
      classes: new ClassCounts(),
      dense: new ClassMoments(new Gram(denseLatentLength)),
      look: new StoredMoments(method.emptyLooks(this.#featuresFor(0))),
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
    return this.#state.dense.bytes + this.#state.look.bytes;
  }

  /** Features of looks that the state has sums of. */
  get lookFeatures(): number {
    return this.#state.look.features;
  }

  async update(change: Change, signal?: AbortSignal): Promise<HeadDraft> {
    signal?.throwIfAborted();
    const { added, removed, background, backgroundWeight } = change;
    for (const example of [...added, ...removed]) checkExample(example);
    checkRows(background, denseLatentLength, 'background');
    // All work is done on a copy, so that an abort or an error half-way leaves nothing behind.
    const next = await runInSteps(this.#openWithRoomFor(added), this.#pause, signal);
    await runInSteps(this.#takeIn(next, change), this.#pause, signal);
    next.dense.addNegatives(background, backgroundWeight);
    const { solveDense, solveLook, looks, activation, threshold } = this.#method;
    const names = next.classes.names;
    const { anyClass } = await runInSteps(
      solveRidge(next.dense, [], densePenalty),
      this.#pause,
      signal,
    );
    const dense = await runInSteps(solveDense(next.dense, names), this.#pause, signal);
    const look = next.look.hasClasses
      ? looks.toHead(await runInSteps(solveLook(next.look, names), this.#pause, signal))
      : null;
    this.#state = await runInSteps(this.#close(next), this.#pause, signal);
    return {
      strategy: this.name,
      classes: names,
      objectness: anyClass,
      dense,
      crop: look,
      activation,
      thresholds: new Float32Array(names.length).fill(threshold),
    };
  }

  *#openWithRoomFor(added: readonly Example[]): Generator<void, OpenState<Look>> {
    const { classes, dense, look } = this.#state;
    const names = new Set(classes.names);
    for (const { label } of added) if (label !== null) names.add(label);
    const features = this.#featuresFor(names.size);
    const looks = yield* look.open();
    return {
      classes: classes.clone(),
      dense: dense.clone(),
      look: features < look.features ? looks.leading(features) : looks,
    };
  }

  *#close({ classes, dense, look }: OpenState<Look>): Generator<void, State<Look>> {
    return {
      classes,
      dense,
      look: yield* StoredMoments.of(look, this.#method.emptyLooks(look.features)),
    };
  }

  /** How many features of looks the bytes allow for so many classes. */
  #featuresFor(classes: number): number {
    const { looks, emptyLooks, name } = this.#method;
    const second = emptyLooks(1) instanceof Gram;
    const dense = 8 * (packedLength(denseLatentLength + 1) + classes * (denseLatentLength + 1));
    const bytes = (features: number) => {
      const size = features + 1;
      return dense + 4 * ((second ? packedLength(size) : size) + classes * size);
    };
    let features = looks.max;
    while (bytes(features) > this.#bytesMax && features >= featureStep) {
      features = featureStep * Math.ceil(features / featureStep - 1);
    }
    if (features >= featureStep) return features;
    const least = bytes(featureStep);
    throw new BytesError({
      ...{ strategy: name, needed: least, classes, allowed: this.#bytesMax },
    });
  }

  /** Adds a change's examples to the state. */
  *#takeIn(state: OpenState<Look>, { added, removed }: Change): Generator<void, void> {
    const rowProducts = state.look.features ** 2 / 2 + cropEmbeddingLength;
    let products = 0;
    for (const [sign, examples] of [
      [1, added],
      [-1, removed],
    ] as const) {
      for (const example of examples) {
        this.#addExample(state, example, sign);
        products += (example.embeddings.length / cropEmbeddingLength) * rowProducts;
        products += example.dense.length * denseLatentLength;
        if (products < productsPerPause) continue;
        products = 0;
        yield;
      }
    }
    yield;
  }

  #addExample({ classes, dense, look }: OpenState<Look>, example: Example, sign: 1 | -1): void {
    const { label, embeddings } = example;
    const rows = this.#method.looks.take(embeddings, look.features);
    if (label === null) {
      dense.addNegatives(example.dense, sign);
      look.addNegatives(rows, sign);
      return;
    }
    classes.count(label, sign);
    const { dense: cells, denseTargets } = example;
    dense.addExample(label, { rows: cells, targets: denseTargets, weight: 1 }, sign);
    const targets = new Float32Array(embeddings.length / cropEmbeddingLength).fill(1);
    look.addExample(label, { rows, targets, weight: 1 }, sign);
  }

  save(): Uint8Array {
    const { classes, dense, look } = this.#state;
    const layers = [dense.contents(), look.contents];
    const header: Header = {
      method: this.name,
      lookFeatures: look.features,
      classes: classes.entries,
      layers: layers.map(({ rows, classes: sums }) => ({
        rows,
        classes: sums.map(({ name, examples, squares }) => ({ name, examples, squares })),
      })),
    };
    const blobs = layers.flatMap(({ all, classes: sums }) => [
      all,
      ...sums.map(({ features }) => features),
    ]);
    return sealFile({ name: `${this.name} state`, magic, version }, header, blobs);
  }

  restore(bytes: Uint8Array): void {
    const { header, take } = openFile({ name: `${this.name} state`, magic, version }, bytes);
    // The checksum vouches for the shape: only save wrote it.
    const { method, lookFeatures, classes, layers } = header as Header;
    if (method !== this.name) throw new Error(`It is the state of ${method}, not of ${this.name}`);
    const [ofCells, ofLooks] = [layers[0]!, layers[1]!];
    const doubles = (length: number) => new Float64Array(take(8 * length));
    const cells = new Gram(denseLatentLength);
    const all = cells.refilled(doubles(cells.values.length), ofCells.rows);
    const sums = ofCells.classes.map(({ name, ...counts }): [string, ClassSums] => [
      name,
      { ...counts, features: doubles(cells.size) },
    ]);
    const dense = new ClassMoments(all, new Map(sums));
    const floats = (length: number) => new Float32Array(take(4 * length));
    const looks = this.#method.emptyLooks(lookFeatures);
    const look = new StoredMoments(looks, {
      rows: ofLooks.rows,
      all: floats(looks.values.length),
      classes: ofLooks.classes.map((own) => ({ ...own, features: floats(looks.size) })),
    });
    this.#state = { classes: new ClassCounts(classes), dense, look };
  }
}

interface SavedMoments {
  readonly rows: number;
  readonly classes: readonly {
    readonly name: string;
    readonly examples: number;
    readonly squares: number;
  }[];
}

interface Header {
  readonly method: string;
  readonly lookFeatures: number;
  readonly classes: readonly (readonly [string, number])[];
  /** Dense, look. */
  readonly layers: readonly SavedMoments[];
}
