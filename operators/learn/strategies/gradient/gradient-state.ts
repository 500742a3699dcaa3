import { denseLatentLength, cropEmbeddingLength } from '../../../detect/engines/engine.ts';
import type { LinearLayer } from '../../../detect/heads/head.ts';
import { openFile, sealFile } from '../../../foundation/files/sealed-file.ts';
import { ClassCounts } from '../../statistics/class-counts.ts';
import { RowReservoir } from '../../statistics/row-reservoir.ts';
import type { Change } from '../../strategy.ts';
import { FeatureScale } from './feature-scale.ts';
import { carryOver, emptyLayer, layerBytes } from './layer-rows.ts';
import type { Method } from './method.ts';
import { ObjectnessSums, type ObjectnessCounts } from '../../solvers/objectness-sums.ts';

const magic = 'LLGRADNT';
const version = 1;
/** Background cells an update that the scale of features is taken from: more would drown the objects'. */
const scaleCells = 1024;

/** What a gradient method keeps from update to update. Immutable. */
export interface GradientState<Own> {
  readonly updates: number;
  readonly classes: ClassCounts;
  readonly objectness: ObjectnessSums;
  readonly scales: { readonly dense: FeatureScale; readonly look: FeatureScale };
  /** Background cells. */
  readonly cells: RowReservoir;
  /** Looks of nothing; stays empty for a method that brings its own negatives. */
  readonly looks: RowReservoir;
  readonly dense: LinearLayer;
  /** Null until looks of a class were trained on. */
  readonly look: LinearLayer | null;
  readonly own: Own;
}

/** A state that has seen nothing. */
export function emptyState<Own>(own: Own): GradientState<Own> {
  return {
    updates: 0,
    classes: new ClassCounts(),
    objectness: new ObjectnessSums(),
    scales: {
      dense: new FeatureScale(denseLatentLength),
      look: new FeatureScale(cropEmbeddingLength),
    },
    cells: new RowReservoir(denseLatentLength),
    looks: new RowReservoir(cropEmbeddingLength),
    dense: emptyLayer(denseLatentLength),
    look: null,
    own,
  };
}

/** Counts a change in: classes, sums, scales and layers for the classes there are now. Takes back what it removes. */
export function countIn<Own>(state: GradientState<Own>, change: Change): GradientState<Own> {
  const { added, removed, background } = change;
  const classes = state.classes.clone();
  for (const { label } of added) if (label !== null) classes.count(label, 1);
  for (const { label } of removed) if (label !== null) classes.count(label, -1);
  const refuted = removed.filter(({ label }) => label === null);
  const before = state.classes.names;
  const stride = Math.ceil(background.length / denseLatentLength / scaleCells);
  return {
    ...state,
    updates: state.updates + 1,
    classes,
    objectness: state.objectness.with(change),
    scales: {
      dense: state.scales.dense
        .with(added.map(({ dense }) => dense))
        .with([background], Math.max(1, stride)),
      look: state.scales.look.with(added.map(({ embeddings }) => embeddings)),
    },
    cells: state.cells.without(refuted.map(({ dense }) => dense)),
    looks: state.looks.without(refuted.map(({ embeddings }) => embeddings)),
    dense: carryOver(state.dense, before, classes.names),
    look: state.look === null ? null : carryOver(state.look, before, classes.names),
  };
}

/** Bytes of the whole state. */
export function stateBytes<Own>(state: GradientState<Own>, method: Method<Own>): number {
  const { objectness, scales, cells, looks, dense, look, own } = state;
  return (
    objectness.bytes +
    scales.dense.bytes +
    scales.look.bytes +
    cells.bytes +
    looks.bytes +
    layerBytes(dense) +
    (look === null ? 0 : layerBytes(look)) +
    method.bytes(own)
  );
}

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
  const { updates, classes, objectness, scales, cells, looks, dense, look, own } = state;
  const packed = method.pack(own);
  const header: Header = {
    method: method.name,
    updates,
    classes: classes.entries,
    objectness: objectness.counts,
    scales: { dense: scales.dense.count, look: scales.look.count },
    cells: { values: cells.rows.length, seen: cells.seen },
    looks: { values: looks.rows.length, seen: looks.seen },
    hasLook: look !== null,
    own: packed.header,
  };
  const layers = look === null ? [dense] : [dense, look];
  return sealFile({ name: `${method.name} state`, magic, version }, header, [
    objectness.values,
    scales.dense.mean,
    scales.dense.variance,
    scales.look.mean,
    scales.look.variance,
    cells.rows,
    looks.rows,
    ...layers.flatMap(({ weights, bias }) => [weights, bias]),
    ...packed.blobs,
  ]);
}

/** Opens what {@link sealState} wrote. Throws an Error for other bytes, and for another method's state. */
export function openState<Own>(bytes: Uint8Array, method: Method<Own>): GradientState<Own> {
  const { header, take } = openFile({ name: `${method.name} state`, magic, version }, bytes);
  // The checksum vouches for the shape: only sealState wrote it.
  const { updates, classes, objectness, scales, cells, looks, hasLook, own, ...rest } =
    header as Header;
  if (rest.method !== method.name) {
    throw new Error(`It is the state of ${rest.method}, not of ${method.name}`);
  }
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
      look: takeScale(cropEmbeddingLength, scales.look),
    },
    cells: new RowReservoir(denseLatentLength, halves(cells.values), cells.seen),
    looks: new RowReservoir(cropEmbeddingLength, halves(looks.values), looks.seen),
    dense: takeLayer(denseLatentLength),
    look: hasLook ? takeLayer(cropEmbeddingLength) : null,
    own: method.unpack(own, take),
  };
}
