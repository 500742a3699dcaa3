import { denseLatentLength } from '../../../detect/engines/engine.ts';
import { openFile, sealFile } from '../../../foundation/files/sealed-file.ts';
import {
  rowsLength,
  type StoredTriangle,
} from '../../../foundation/linear-algebra/stored-triangle.ts';
import { ObjectnessSums, type ObjectnessCounts } from '../../solvers/objectness-sums.ts';
import { ClassCounts } from '../../statistics/class-counts.ts';
import type { GroupSums } from '../../statistics/scatter-contents.ts';
import { featuresOf, partsOf, type ScatterLayout } from '../../statistics/scatter-layout.ts';
import { Scatter } from '../../statistics/scatter.ts';
import { type Labelled, UnlabelledRows } from '../../statistics/unlabelled-rows.ts';

/** What `tally` has learned. Immutable. */
export interface TallyState {
  readonly classes: ClassCounts;
  readonly objectness: ObjectnessSums;
  readonly dense: Scatter;
  readonly crop: Scatter;
  /** Of the crop embeddings that count as background for want of a label. */
  readonly unlabelled: UnlabelledRows;
}

/** Dense latents are kept whole, in one block. */
export const denseLayout: ScatterLayout = {
  rowLength: denseLatentLength,
  landmarks: new Uint16Array(0),
  blocks: [Uint16Array.from({ length: denseLatentLength }, (_, i) => i)],
  half: false,
};

/** Objectness sums without rows. Immutable, and of the same size as any other. */
export const emptyObjectness = new ObjectnessSums();

const kind = { name: 'tally state', magic: 'LLTALLY_', version: 2 };

interface Header {
  /** Values of a crop embedding. Absent in older states. */
  readonly embedding?: number;
  readonly classes: readonly (readonly [string, number])[];
  readonly objectness: ObjectnessCounts;
  /** Index into the layouts for the encoder's embeddings. */
  readonly layout: number;
  /** Dense latents, crop embeddings. */
  readonly layers: readonly {
    readonly revision: number;
    readonly background: readonly [count: number, weight: number];
    readonly classes: readonly (readonly [name: string, count: number, weight: number])[];
  }[];
  /** Absent in states from before unlabelled rows were kept. */
  readonly unlabelled?: {
    readonly added: number;
    /** Null: nothing was dropped. */
    readonly limit: number | null;
    /** Each set of labelled classes once. Absent in states that cannot be read any more. */
    readonly sets?: readonly Labelled[];
    /** `labelled`: indices of sets. */
    readonly rows: readonly (readonly [key: number, labelled: readonly number[]])[];
  };
}

/** The state as one file; its layout of crop embeddings is one of `layouts`. */
export function sealTally(
  { classes, objectness, dense, crop, unlabelled }: TallyState,
  layouts: readonly ScatterLayout[],
): Uint8Array {
  const layers = [dense, crop];
  const sets = [...new Set(unlabelled.rows.flatMap(({ labelled }) => labelled))];
  const places = new Map(sets.map((set, i) => [set, i]));
  const header: Header = {
    embedding: crop.layout.rowLength,
    classes: classes.entries,
    objectness: objectness.counts,
    layout: layouts.indexOf(crop.layout),
    layers: layers.map((layer) => ({
      revision: layer.revision,
      background: [layer.background.count, layer.background.weight],
      classes: [...layer.classes].map(([name, { count, weight }]) => [name, count, weight]),
    })),
    unlabelled: {
      added: unlabelled.added,
      limit: Number.isFinite(unlabelled.limit) ? unlabelled.limit : null,
      sets,
      rows: unlabelled.rows.map(({ key, labelled }) => [
        key,
        labelled.map((set) => places.get(set)!),
      ]),
    },
  };
  const blobs = layers.flatMap((layer) => [
    ...layer.within.flatMap(blobsOf),
    layer.background.sums,
    ...[...layer.classes.values()].map(({ sums }) => sums),
  ]);
  const rows = unlabelled.rows.map(({ values }) => values);
  return sealFile(kind, header, [objectness.values, ...blobs, ...rows]);
}

/** Opens a file of {@link sealTally}, for the same layouts. Throws an Error for other bytes. */
export function openTally(bytes: Uint8Array, layouts: readonly ScatterLayout[]): TallyState {
  const { header, take } = openFile(kind, bytes);
  // The checksum vouches for the shape: only sealTally wrote it.
  const { classes, objectness, layout: index, layers, unlabelled, embedding } = header as Header;
  const own = layouts[0]!.rowLength;
  if (embedding !== undefined && embedding !== own) {
    throw new Error(`It was learned from embeddings of ${embedding} values, not of ${own}`);
  }
  const floats = (length: number) => new Float32Array(take(4 * length));
  const objectnessValues = floats(emptyObjectness.values.length);
  const cropLayout = layouts[index];
  if (cropLayout === undefined) throw new Error(`There is no embedding layout ${index}`);
  const [dense, crop] = [denseLayout, cropLayout].map((layout, i) => {
    const { revision, background, classes: groups } = layers[i]!;
    const within = partsOf(layout).map(({ places: { length }, above }): StoredTriangle => {
      const values = rowsLength(length, above);
      if (!layout.half) return floats(values);
      const deviations = floats(length);
      return { deviations, correlations: new Int16Array(take(2 * values)) };
    });
    const features = featuresOf(layout);
    const group = (count: number, weight: number): GroupSums => {
      const sums = floats(features);
      return { count, weight, sums };
    };
    // Blobs are taken in the order in which they were written: background first.
    const backgroundGroup = group(...background);
    const entries = groups.map(([name, ...counts]) => [name, group(...counts)] as const);
    const contents = { within, classes: new Map(entries), background: backgroundGroup, revision };
    return new Scatter(layout, contents);
  }) as [Scatter, Scatter];
  return {
    classes: new ClassCounts(classes),
    objectness: new ObjectnessSums(objectness, objectnessValues),
    dense,
    crop,
    unlabelled: openRows(cropLayout.rowLength, unlabelled, take),
  };
}

function openRows(
  length: number,
  found: Header['unlabelled'],
  take: (length: number) => ArrayBuffer,
): UnlabelledRows {
  if (found?.sets === undefined) return new UnlabelledRows(length);
  const { sets } = found;
  const rows = found.rows.map(([key, labelled]) => {
    const values = new Uint16Array(take(2 * length));
    return { key, values, labelled: labelled.map((set) => sets[set]!) };
  });
  return new UnlabelledRows(length, rows, found.added, found.limit ?? Infinity);
}

function blobsOf(stored: StoredTriangle): ArrayBufferView[] {
  return stored instanceof Float32Array ? [stored] : [stored.deviations, stored.correlations];
}
