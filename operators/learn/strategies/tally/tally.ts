import { denseLatentLength, cropEmbeddingLength } from '../../../detect/engines/engine.ts';
import { openFile, sealFile } from '../../../foundation/files/sealed-file.ts';
import { checkExample, checkRows } from '../../examples/check-example.ts';
import { ClassCounts } from '../../statistics/class-counts.ts';
import { runInSteps } from '../../../foundation/threads/run-in-steps.ts';
import {
  featuresOf,
  type GroupSums,
  type Layout,
  partsOf,
  Scatter,
  scatterBytes,
  type ScatterRows,
} from '../../statistics/scatter.ts';
import {
  rowsLength,
  type StoredTriangle,
} from '../../../foundation/linear-algebra/stored-triangle.ts';
import type { Change, Example, HeadDraft, Strategy } from '../../strategy.ts';
import { BytesError } from '../bytes-error.ts';
import { discriminant, type ShareBounds } from '../../solvers/discriminant.ts';
import { embeddingLayouts } from './embedding-layouts.ts';
import { ObjectnessSums, type ObjectnessCounts } from '../../solvers/objectness-sums.ts';

/** Settings of {@link TallyStrategy}. */
export interface TallyOptions {
  /** What the state may take. Looks are held as richly as that allows, in landmarks and blocks. Default: no bound. */
  readonly bytesMax?: number;
  /** Fixes how looks are held whatever the bytes; what is held otherwise than in one of {@link embeddingLayouts} can't be restored. */
  readonly layout?: Layout;
  /**
   * Share of the looks' covariance that is replaced by its own diagonal, 0 to 1. Default: at most 0.1, less where
   * rows are many.
   */
  readonly shrinkage?: number;
  /** What the scatter of one object's looks about their mean counts for on top. At least 0. Default: 1. */
  readonly orbit?: number;
  /** Awaited every few milliseconds of work, so that a thread with other duties can see to them. */
  readonly pause?: () => Promise<void>;
}

const kind = { name: 'tally state', magic: 'LLTALLY_', version: 2 };

/** Share of a covariance that is replaced by its own diagonal, at most. */
const shares = { dense: { most: 1e-4 }, look: { most: 0.1 } };
/** What the looks at one object differ in counts twice: once as scatter of its class, once as its own. */
const defaultOrbit = 1;
/** From which score on a class is named: more likely than all else together. */
const threshold = 0.5;
const denseLayout: Layout = {
  rowLength: denseLatentLength,
  landmarks: new Uint16Array(0),
  blocks: [Uint16Array.from({ length: denseLatentLength }, (_, i) => i)],
  half: false,
};

/** Immutable, and as many bytes as any other. */
const noObjectness = new ObjectnessSums();

interface State {
  readonly classes: ClassCounts;
  readonly objectness: ObjectnessSums;
  readonly dense: Scatter;
  readonly look: Scatter;
}

/**
 * Detection heads from tallies: a mean for each class and for background, one scatter that all of them share, and
 * a discriminant solved out of them. Nothing is forgotten, since sums hold all that ever came in any order;
 * no example is kept, and one that turns out wrong is subtracted.
 *
 * Features of looks are given up as bytes run short, so that a class never is. Each object is looked at turned and
 * mirrored, and how those looks differ is told apart from how objects of a class differ. docs/method.md has the method, its costs and its ablations.
 */
export class TallyStrategy implements Strategy {
  readonly name = 'tally';
  readonly paper = 'Tally: detection heads that forget nothing, lifelens docs/method.md, 2026';
  readonly #bytesMax: number;
  readonly #layout: Layout | undefined;
  readonly #orbit: number;
  readonly #lookShares: ShareBounds;
  readonly #pause: () => Promise<void>;
  #state: State;

  constructor({ bytesMax, layout, orbit, shrinkage, pause }: TallyOptions = {}) {
    this.#bytesMax = bytesMax ?? Infinity;
    this.#layout = layout;
    this.#orbit = orbit ?? defaultOrbit;
    this.#lookShares =
      shrinkage === undefined ? shares.look : { least: shrinkage, most: shrinkage };
    this.#pause = pause ?? (() => Promise.resolve());
    this.#state = {
      classes: new ClassCounts(),
      objectness: noObjectness,
      dense: new Scatter(denseLayout),
      look: new Scatter(this.#layoutFor(0)),
    };
  }

  get classes(): readonly string[] {
    return this.#state.classes.names;
  }

  get stateBytes(): number {
    const { objectness, dense, look } = this.#state;
    return objectness.bytes + dense.bytes + look.bytes;
  }

  /** How looks are held at present: an index into {@link embeddingLayouts}. */
  get lookLayout(): number {
    return embeddingLayouts.indexOf(this.#state.look.layout);
  }

  async update(change: Change, signal?: AbortSignal): Promise<HeadDraft> {
    signal?.throwIfAborted();
    for (const example of [...change.added, ...change.removed]) checkExample(example);
    checkRows(change.background, denseLatentLength, 'background');
    const { classes, objectness, dense, look } = this.#state;
    const counts = classes.clone();
    for (const { label } of change.added) if (label !== null) counts.count(label, 1);
    const most = counts.names.length;
    for (const { label } of change.removed) if (label !== null) counts.count(label, -1);
    // States are never changed in place: an abort or an error half-way leaves the old one.
    const next: State = {
      classes: counts,
      objectness: objectness.with(change),
      dense: await runInSteps(dense.with([...denseRows(change)]), this.#pause, signal),
      look: await runInSteps(
        this.#withRoomFor(look, most).with([...lookRows(change, this.#orbit)]),
        this.#pause,
        signal,
      ),
    };
    const names = counts.names;
    const denseLayer = await runInSteps(
      discriminant(next.dense, names, shares.dense),
      this.#pause,
      signal,
    );
    const lookLayer =
      next.look.classes.size > 0
        ? await runInSteps(discriminant(next.look, names, this.#lookShares), this.#pause, signal)
        : null;
    this.#state = next;
    return {
      strategy: this.name,
      classes: names,
      objectness: next.objectness.solve(),
      dense: denseLayer,
      crop: lookLayer,
      activation: 'softmax',
      thresholds: new Float32Array(names.length).fill(threshold),
    };
  }

  #withRoomFor(look: Scatter, classes: number): Scatter {
    const layout = this.#layoutFor(classes);
    const poorer = embeddingLayouts.indexOf(layout) > embeddingLayouts.indexOf(look.layout);
    return poorer ? look.reduced(layout) : look;
  }

  /** The richest layout that the bytes allow for so many classes. */
  #layoutFor(classes: number): Layout {
    if (this.#layout !== undefined) return this.#layout;
    const rest = noObjectness.bytes + scatterBytes(denseLayout, classes);
    const fits = (layout: Layout) => rest + scatterBytes(layout, classes) <= this.#bytesMax;
    const found = embeddingLayouts.find(fits);
    if (found !== undefined) return found;
    const least = rest + scatterBytes(embeddingLayouts.at(-1)!, classes);
    throw new BytesError({
      ...{ strategy: this.name, needed: least, classes, allowed: this.#bytesMax },
    });
  }

  save(): Uint8Array {
    const { classes, objectness, dense, look } = this.#state;
    const layers = [dense, look];
    const header: Header = {
      classes: classes.entries,
      objectness: objectness.counts,
      layout: embeddingLayouts.indexOf(look.layout),
      layers: layers.map((layer) => ({
        revision: layer.revision,
        background: [layer.background.count, layer.background.weight],
        classes: [...layer.classes].map(([name, { count, weight }]) => [name, count, weight]),
      })),
    };
    const blobs = layers.flatMap((layer) => [
      ...layer.within.flatMap(blobsOf),
      layer.background.sums,
      ...[...layer.classes.values()].map(({ sums }) => sums),
    ]);
    return sealFile(kind, header, [objectness.values, ...blobs]);
  }

  restore(bytes: Uint8Array): void {
    const { header, take } = openFile(kind, bytes);
    // The checksum vouches for the shape: only save wrote it.
    const { classes, objectness, layout: index, layers } = header as Header;
    const floats = (length: number) => new Float32Array(take(4 * length));
    const values = floats(noObjectness.values.length);
    const lookLayout = embeddingLayouts[index];
    if (lookLayout === undefined) throw new Error(`It holds looks in a way ${index}`);
    const [dense, look] = [denseLayout, lookLayout].map((layout, i) => {
      const { revision, background, classes: groups } = layers[i]!;
      const within = partsOf(layout).map(({ places: { length }, above }): StoredTriangle => {
        const values = rowsLength(length, above);
        if (!layout.half) return floats(values);
        const deviations = floats(length);
        return { deviations, correlations: new Int16Array(take(2 * values)) };
      });
      const features = featuresOf(layout);
      const group = (count: number, weight: number): GroupSums => ({
        ...{ count, weight, sums: floats(features) },
      });
      const rest = group(...background);
      const entries = groups.map(([name, ...own]) => [name, group(...own)] as const);
      return new Scatter(layout, { within, classes: new Map(entries), background: rest, revision });
    }) as [Scatter, Scatter];
    this.#state = {
      classes: new ClassCounts(classes),
      objectness: new ObjectnessSums(objectness, values),
      ...{ dense, look },
    };
  }
}

function blobsOf(stored: StoredTriangle): ArrayBufferView[] {
  return stored instanceof Float32Array ? [stored] : [stored.deviations, stored.correlations];
}

interface Header {
  readonly classes: readonly (readonly [string, number])[];
  readonly objectness: ObjectnessCounts;
  readonly layout: number;
  /** Dense, look. */
  readonly layers: readonly {
    readonly revision: number;
    readonly background: readonly [count: number, weight: number];
    readonly classes: readonly (readonly [name: string, count: number, weight: number])[];
  }[];
}

function* denseRows(change: Change): Generator<ScatterRows, void> {
  for (const [example, weight] of signed(change)) {
    const { label, dense: rows, denseTargets: targets } = example;
    yield label === null ? { label, rows, weight } : { label, rows, targets, weight };
  }
  yield { label: null, rows: change.background, weight: change.backgroundWeight };
}

function* lookRows(change: Change, orbit: number): Generator<ScatterRows, void> {
  for (const [{ label, embeddings: rows }, weight] of signed(change)) {
    const several = rows.length > cropEmbeddingLength;
    yield { label, rows, weight, orbit: several ? orbit : 0 };
  }
}

function* signed({ added, removed }: Change): Generator<readonly [Example, 1 | -1], void> {
  for (const example of added) yield [example, 1];
  for (const example of removed) yield [example, -1];
}
