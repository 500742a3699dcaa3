import { builtInLayout } from '../../../detect/engines/embedding-layout.ts';
import { runInSteps } from '../../../foundation/threads/run-in-steps.ts';
import { checkChange } from '../../examples/check-example.ts';
import { discriminant, type ShareBounds } from '../../solvers/discriminant.ts';
import { claimsOn } from '../../solvers/unmixed-background.ts';
import { ClassCounts } from '../../statistics/class-counts.ts';
import { scatterBytes, type ScatterRows } from '../../statistics/scatter-contents.ts';
import type { ScatterLayout } from '../../statistics/scatter-layout.ts';
import { Scatter } from '../../statistics/scatter.ts';
import { type UnlabelledBounds, UnlabelledRows } from '../../statistics/unlabelled-rows.ts';
import type { Change, Example, HeadDraft, Strategy } from '../../strategy.ts';
import { BytesError } from '../bytes-error.ts';
import type { EmbeddingOption } from '../embedding-option.ts';
import { scatterLayouts } from './embedding-layouts.ts';
import {
  denseLayout,
  emptyObjectness,
  openTally,
  sealTally,
  type TallyState,
} from './tally-state.ts';

/** Settings of {@link createTally}. */
export interface TallyOptions extends EmbeddingOption {
  /**
   * Bound on the state. Decides how many features of a crop embedding are kept. Default: no bound.
   */
  readonly bytesMax?: number;
  /**
   * Fixes the layout of crop embeddings regardless of `bytesMax`. A layout that is not one of
   * {@link scatterLayouts} can't be restored.
   */
  readonly layout?: ScatterLayout;
  /**
   * Share of the embeddings' covariance replaced by its diagonal, 0..1. Default: estimated, at most
   * 0.1.
   */
  readonly shrinkage?: number;
  /**
   * Extra weight of the scatter of one object's embeddings about their mean. At least 0. Default:
   * 1.
   */
  readonly orbit?: number;
  /** Most unlabelled rows that are kept; fewer where `bytesMax` leaves less. Default: 256. */
  readonly unlabelledMax?: number;
  /** Awaited every few milliseconds of work, so that the thread can do other work. */
  readonly pause?: () => Promise<void>;
}

/** Largest share of a covariance that is replaced by its diagonal. */
const shrinkageBounds = { dense: { most: 1e-4 }, crop: { most: 0.1 } };
/**
 * Differences between the embeddings of one object count twice: as scatter of the class, and as its
 * own.
 */
const defaultOrbit = 1;
/**
 * As few are enough, since the shares of classes are smoothed: a set with six objects in a picture
 * has 1,840.
 */
const defaultUnlabelledMax = 256;
/** Score from which a class is predicted: more likely than all others and background together. */
const threshold = 0.5;

/**
 * A `tally` strategy that has learned nothing yet.
 *
 * Keeps the mean of each class and of background and one scatter that all of them share, and solves
 * a discriminant from these. Nothing is forgotten, because the sums cover every example in any
 * order; no example is kept, and a wrong one is subtracted.
 *
 * When bytes run short, features of crop embeddings are dropped, so that no class ever is. Each
 * object is embedded several times, turned and mirrored; differences between these embeddings are
 * kept apart from differences between objects of a class. docs/method.md describes the method, its
 * costs and its ablations.
 *
 * @throws {BytesError} if `bytesMax` is too small, also from `update` as classes are added.
 */
export function createTally(options: TallyOptions = {}): Strategy {
  return new Tally(options);
}

class Tally implements Strategy {
  readonly name = 'tally';
  readonly paper = 'Tally: detection heads that forget nothing, lifelens docs/method.md, 2026';
  readonly #bytesMax: number;
  /** Layouts for the embeddings, the one that keeps most first. */
  readonly #layouts: readonly ScatterLayout[];
  readonly #layout: ScatterLayout | undefined;
  readonly #orbit: number;
  readonly #unlabelledMax: number;
  readonly #cropBounds: ShareBounds;
  readonly #pause: () => Promise<void>;
  #state: TallyState;

  constructor(options: TallyOptions) {
    const { bytesMax, layout, orbit, shrinkage, pause, embedding = builtInLayout } = options;
    this.#unlabelledMax = options.unlabelledMax ?? defaultUnlabelledMax;
    this.#layouts = scatterLayouts(embedding);
    this.#bytesMax = bytesMax ?? Infinity;
    this.#layout = layout;
    this.#orbit = orbit ?? defaultOrbit;
    this.#cropBounds =
      shrinkage === undefined ? shrinkageBounds.crop : { least: shrinkage, most: shrinkage };
    this.#pause = pause ?? (() => Promise.resolve());
    this.#state = {
      classes: new ClassCounts(),
      objectness: emptyObjectness,
      dense: new Scatter(denseLayout),
      crop: new Scatter(this.#layoutFor(0)),
      unlabelled: new UnlabelledRows(this.#embeddingLength),
    };
  }

  get classes(): readonly string[] {
    return this.#state.classes.names;
  }

  get stateBytes(): number {
    const { objectness, dense, crop, unlabelled } = this.#state;
    return objectness.bytes + dense.bytes + crop.bytes + unlabelled.bytes;
  }

  async update(change: Change, signal?: AbortSignal): Promise<HeadDraft> {
    signal?.throwIfAborted();
    await runInSteps(checkChange(change, this.#embeddingLength), this.#pause, signal);
    const { classes, objectness, dense, crop, unlabelled } = this.#state;
    const counts = classes.clone();
    for (const { label } of change.added) if (label !== null) counts.count(label, 1);
    const classesMax = counts.names.length;
    for (const { label } of change.removed) if (label !== null) counts.count(label, -1);
    const { moved = [] } = change;
    for (const move of moved) counts.move(move);
    // States are never changed in place: an abort or an error half-way leaves the old one.
    const nextCrop = await this.#run(
      this.#withRoomFor(crop, classesMax).with(
        [...cropRows(change, this.#embeddingLength, this.#orbit)],
        moved,
      ),
      signal,
    );
    const nextDense = await this.#run(dense.with([...denseRows(change)], moved), signal);
    const next: TallyState = {
      classes: counts,
      objectness: await this.#run(objectness.withInSteps(change), signal),
      dense: nextDense,
      crop: nextCrop,
      unlabelled: unlabelled.with(change, this.#unlabelledBounds(nextDense, nextCrop)),
    };
    const names = counts.names;
    const denseLayer = await this.#run(
      discriminant(next.dense, names, shrinkageBounds.dense),
      signal,
    );
    const cropLayer =
      next.crop.classes.size > 0 ? await this.#run(this.#cropLayer(next, names), signal) : null;
    this.#state = next;
    return {
      strategy: this.name,
      classes: names,
      objectness: next.objectness.solve(),
      dense: denseLayer,
      crop: cropLayer,
      activation: 'softmax',
      thresholds: new Float32Array(names.length).fill(threshold),
    };
  }

  /**
   * The layer over crop embeddings, of which objects that a picture does not label are no
   * background: their differences from background would blur the covariance in just the directions
   * that tell classes apart.
   */
  *#cropLayer({ crop, unlabelled }: TallyState, names: readonly string[]) {
    const layer = yield* discriminant(crop, names, this.#cropBounds);
    const claims = yield* claimsOn(unlabelled, layer, crop, names);
    if (claims.length === 0) return layer;
    return yield* discriminant(yield* crop.claimed(claims), names, this.#cropBounds);
  }

  #run<T>(work: Generator<void, T>, signal: AbortSignal | undefined): Promise<T> {
    return runInSteps(work, this.#pause, signal);
  }

  save(): Uint8Array {
    return sealTally(this.#state, this.#layouts);
  }

  restore(bytes: Uint8Array): void {
    this.#state = openTally(bytes, this.#layouts);
  }

  async merge(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const other = openTally(bytes, this.#layouts);
    const { classes, objectness, dense, crop, unlabelled } = this.#state;
    const counts = classes.plus(other.classes);
    const layout = this.#sharedLayout([crop, other.crop], counts.names.length);
    const nextCrop = await this.#run(crop.plus(other.crop, layout), signal);
    const nextDense = await this.#run(dense.plus(other.dense, denseLayout), signal);
    const bounds = this.#unlabelledBounds(nextDense, nextCrop);
    this.#state = {
      classes: counts,
      objectness: objectness.plus(other.objectness),
      dense: nextDense,
      crop: nextCrop,
      unlabelled: unlabelled.plus(other.unlabelled, bounds),
    };
  }

  /** The layout of the most features that all of these have and that fit for this many classes. */
  #sharedLayout(scatters: readonly Scatter[], classes: number): ScatterLayout {
    const layouts = scatters.filter(({ isEmpty }) => !isEmpty).map(({ layout }) => layout);
    const indices = [this.#layoutFor(classes), ...layouts].map((layout) =>
      this.#layouts.indexOf(layout),
    );
    if (indices.includes(-1)) {
      throw new Error('This learner lays embeddings out in a way that no saved state has');
    }
    return this.#layouts[Math.max(...indices)]!;
  }

  get #embeddingLength(): number {
    return this.#layouts[0]!.rowLength;
  }

  #withRoomFor(crop: Scatter, classes: number): Scatter {
    const layout = this.#layoutFor(classes);
    const keepsLess = this.#layouts.indexOf(layout) > this.#layouts.indexOf(crop.layout);
    return keepsLess ? crop.reduced(layout) : crop;
  }

  /** What the bound leaves for unlabelled rows beside these scatters. */
  #unlabelledBounds(dense: Scatter, crop: Scatter): UnlabelledBounds {
    const others = emptyObjectness.bytes + dense.bytes + crop.bytes;
    return { rowsMax: this.#unlabelledMax, bytesMax: this.#bytesMax - others };
  }

  /** The layout with the most features that fits the bytes for this many classes. */
  #layoutFor(classes: number): ScatterLayout {
    if (this.#layout !== undefined) return this.#layout;
    const fixedBytes = emptyObjectness.bytes + scatterBytes(denseLayout, classes);
    const fits = (layout: ScatterLayout) =>
      fixedBytes + scatterBytes(layout, classes) <= this.#bytesMax;
    const found = this.#layouts.find(fits);
    if (found !== undefined) return found;
    const needed = fixedBytes + scatterBytes(this.#layouts.at(-1)!, classes);
    throw new BytesError({ strategy: this.name, needed, classes, allowed: this.#bytesMax });
  }
}

function* denseRows(change: Change): Generator<ScatterRows, void> {
  for (const [example, weight] of signed(change)) {
    const { label, dense: rows, denseTargets: targets } = example;
    yield label === null ? { label, rows, weight } : { label, rows, targets, weight };
  }
  yield { label: null, rows: change.background, weight: change.backgroundWeight };
}

function* cropRows(change: Change, length: number, orbit: number): Generator<ScatterRows, void> {
  for (const [{ label, embeddings: rows }, weight] of signed(change)) {
    const several = rows.length > length;
    yield { label, rows, weight, orbit: several ? orbit : 0 };
  }
}

function* signed({ added, removed }: Change): Generator<readonly [Example, 1 | -1], void> {
  for (const example of added) yield [example, 1];
  for (const example of removed) yield [example, -1];
}
