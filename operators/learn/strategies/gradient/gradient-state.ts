import { denseLatentLength } from '../../../detect/engines/engine.ts';
import type { LinearLayer } from '../../../detect/heads/head.ts';
import { openFile, sealFile } from '../../../foundation/files/sealed-file.ts';
import { ObjectnessSums, type ObjectnessCounts } from '../../solvers/objectness-sums.ts';
import { ClassCounts } from '../../statistics/class-counts.ts';
import { RowReservoir } from '../../statistics/row-reservoir.ts';
import type { Change } from '../../strategy.ts';
import { currentStrategyName } from '../renamed-strategies.ts';
import { FeatureScale } from './feature-scale.ts';
import { carryOver, emptyLayer, layerBytes } from './layer-rows.ts';
import type { Method } from './method.ts';

const magic = 'LLGRADNT';
const version = 1;
/**
 * Background cells per update that enter the feature scale: more would outweigh the objects' cells.
 */
const scaleCells = 1024;

/** What a gradient method keeps between updates. Immutable. */
export interface GradientState<Own> {
  readonly updates: number;
  readonly classes: ClassCounts;
  readonly objectness: ObjectnessSums;
  readonly scales: { readonly dense: FeatureScale; readonly crop: FeatureScale };
  /** Background cells. */
  readonly cells: RowReservoir;
  /** Embeddings of background crops; empty for a method that keeps its own negatives. */
  readonly backgroundEmbeddings: RowReservoir;
  readonly dense: LinearLayer;
  /** Null until the layer is trained on the embeddings of a class. */
  readonly crop: LinearLayer | null;
  readonly own: Own;
}

/** The state before any update, for embeddings of `length` values. */
export function emptyState<Own>(own: Own, length: number): GradientState<Own> {
  return {
    updates: 0,
    classes: new ClassCounts(),
    objectness: new ObjectnessSums(),
    scales: {
      dense: new FeatureScale(denseLatentLength),
      crop: new FeatureScale(length),
    },
    cells: new RowReservoir(denseLatentLength),
    backgroundEmbeddings: new RowReservoir(length),
    dense: emptyLayer(denseLatentLength),
    crop: null,
    own,
  };
}

/**
 * Applies a change to class counts, objectness and feature scales, resizes the layers to the
 * classes there are now, and removes the change's removed examples from the background. `before`
 * names the rows of the state's layers; see `renameRows`. Yields every few
 * milliseconds.
 */
export function* countChange<Own>(
  state: GradientState<Own>,
  before: readonly string[],
  change: Change,
): Generator<void, GradientState<Own>> {
  const { added, removed, moved = [], background } = change;
  const classes = state.classes.clone();
  for (const { label } of added) if (label !== null) classes.count(label, 1);
  for (const { label } of removed) if (label !== null) classes.count(label, -1);
  for (const move of moved) classes.move(move);
  const negatives = removed.filter(({ label }) => label === null);
  const stride = Math.ceil(background.length / denseLatentLength / scaleCells);
  const { cells, backgroundEmbeddings } = state;
  const objectness = yield* state.objectness.withInSteps(change);
  return {
    ...state,
    updates: state.updates + 1,
    classes,
    objectness,
    scales: {
      dense: state.scales.dense
        .with(added.map(({ dense }) => dense))
        .with([background], Math.max(1, stride)),
      crop: state.scales.crop.with(added.map(({ embeddings }) => embeddings)),
    },
    cells: cells.without(negatives.map(({ dense }) => dense)),
    backgroundEmbeddings: backgroundEmbeddings.without(
      negatives.map(({ embeddings }) => embeddings),
    ),
    dense: carryOver(state.dense, before, classes.names),
    crop: state.crop === null ? null : carryOver(state.crop, before, classes.names),
  };
}

/** Bytes of the whole state. */
export function stateBytes<Own>(state: GradientState<Own>, method: Method<Own>): number {
  const { objectness, scales, cells, backgroundEmbeddings, dense, crop, own } = state;
  return (
    objectness.bytes +
    scales.dense.bytes +
    scales.crop.bytes +
    cells.bytes +
    backgroundEmbeddings.bytes +
    layerBytes(dense) +
    (crop === null ? 0 : layerBytes(crop)) +
    method.bytes(own)
  );
}

/**
 * `look` and `looks` stand for the crop layer and its embeddings: the keys are part of the file
 * format.
 */
interface Header {
  readonly method: string;
  readonly updates: number;
  readonly classes: readonly (readonly [string, number])[];
  readonly objectness: ObjectnessCounts;
  readonly scales: { readonly dense: number; readonly look: number };
  readonly cells: { readonly values: number; readonly seen: number };
  readonly looks: { readonly values: number; readonly seen: number };
  readonly hasLook: boolean;
  readonly own: unknown;
}

/** The state as one file. */
export function sealState<Own>(state: GradientState<Own>, method: Method<Own>): Uint8Array {
  const { updates, classes, objectness, scales, cells, backgroundEmbeddings, dense, crop, own } =
    state;
  const packed = method.pack(own);
  const header: Header = {
    method: method.name,
    updates,
    classes: classes.entries,
    objectness: objectness.counts,
    scales: { dense: scales.dense.count, look: scales.crop.count },
    cells: { values: cells.rows.length, seen: cells.seen },
    looks: { values: backgroundEmbeddings.rows.length, seen: backgroundEmbeddings.seen },
    hasLook: crop !== null,
    own: packed.header,
  };
  const layers = crop === null ? [dense] : [dense, crop];
  return sealFile({ name: `${method.name} state`, magic, version }, header, [
    objectness.values,
    scales.dense.mean,
    scales.dense.variance,
    scales.crop.mean,
    scales.crop.variance,
    cells.rows,
    backgroundEmbeddings.rows,
    ...layers.flatMap(({ weights, bias }) => [weights, bias]),
    ...packed.blobs,
  ]);
}

/**
 * Opens a file of {@link sealState} over embeddings of `embeddingLength` values. Throws an Error
 * for other bytes, and for another method's state.
 */
export function openState<Own>(
  bytes: Uint8Array,
  method: Method<Own>,
  embeddingLength: number,
): GradientState<Own> {
  const { header, take } = openFile({ name: `${method.name} state`, magic, version }, bytes);
  // The checksum vouches for the shape: only sealState wrote it.
  const saved = header as Header;
  if (currentStrategyName(saved.method) !== method.name) {
    throw new Error(`It is the state of ${saved.method}, not of ${method.name}`);
  }
  const { updates, classes, objectness, scales, cells, looks, hasLook, own } = saved;
  const floats = (length: number) => new Float32Array(take(4 * length));
  const halves = (length: number) => new Uint16Array(take(2 * length));
  const takeScale = (length: number, count: number) =>
    new FeatureScale(length, count, floats(length), floats(length));
  const takeLayer = (length: number): LinearLayer => ({
    weights: floats(classes.length * length),
    bias: floats(classes.length),
    length,
  });
  return {
    updates,
    classes: new ClassCounts(classes),
    objectness: new ObjectnessSums(objectness, floats(new ObjectnessSums().values.length)),
    scales: {
      dense: takeScale(denseLatentLength, scales.dense),
      crop: takeScale(embeddingLength, scales.look),
    },
    cells: new RowReservoir(denseLatentLength, halves(cells.values), cells.seen),
    backgroundEmbeddings: new RowReservoir(embeddingLength, halves(looks.values), looks.seen),
    dense: takeLayer(denseLatentLength),
    crop: hasLook ? takeLayer(embeddingLength) : null,
    own: method.unpack(own, take),
  };
}
