import {
  deviationsOf,
  load,
  rowsLength,
  store,
  storedBytes,
  type StoredTriangle,
} from '../../foundation/linear-algebra/stored-triangle.ts';
import { featuresOf, partsOf, type ScatterLayout } from './scatter-layout.ts';

/** Sums over the rows of one class, or over background. */
export interface GroupSums {
  /** Examples of the class, which is dropped at 0; for background, its rows. */
  readonly count: number;
  /** Σ w·t. */
  readonly weight: number;
  /** Σ w·t·x, feature by feature: landmarks, then block after block. */
  readonly sums: Float32Array;
}

/** The sums of a scatter as stored between two changes. */
export interface ScatterContents {
  /** Within-group scatter: the landmarks' triangle, then each block's rows below it. */
  readonly within: readonly StoredTriangle[];
  readonly classes: ReadonlyMap<string, GroupSums>;
  readonly background: GroupSums;
  /** Number of changes so far: the seed of rounding. */
  readonly revision: number;
}

/** Rows of one example, or of background, to add to a scatter or remove from it. */
export interface ScatterRows {
  /** Null: background. */
  readonly label: string | null;
  /** rows × rowLength. */
  readonly rows: Float32Array;
  /** Share of each row that belongs to the class, the rest going to background. Default: 1. */
  readonly targets?: Float32Array;
  /** Weight of each row; negative removes rows that were added before. */
  readonly weight: number;
  /** Extra weight of the rows' scatter about their own mean. Default: 0. */
  readonly orbit?: number;
}

/** Weight of background that is taken for objects of a class. */
export interface Claim {
  readonly label: string;
  readonly weight: number;
}

/** The contents of a scatter without rows. */
export function emptyContents(layout: ScatterLayout): ScatterContents {
  const rows = partsOf(layout).map(
    ({ places, above }) => new Float64Array(rowsLength(places.length, above)),
  );
  return {
    within: storeParts(layout, rows, 0),
    classes: new Map(),
    background: { count: 0, weight: 0, sums: new Float32Array(featuresOf(layout)) },
    revision: 0,
  };
}

/** Rounds each part's rows to the precision of the layout. `seed` decides the rounding. */
export function storeParts(
  layout: ScatterLayout,
  rows: readonly Float64Array[],
  seed: number,
): StoredTriangle[] {
  const { half } = layout;
  const stored: StoredTriangle[] = [];
  for (const [i, { places }] of partsOf(layout).entries()) {
    const [landmarks] = stored;
    const above = landmarks === undefined ? {} : { above: deviationsOf(landmarks) };
    stored.push(store(rows[i]!, places.length, { half, seed, ...above }));
  }
  return stored;
}

/** The inverse of {@link storeParts}, up to rounding: each part's rows in float64. */
export function loadParts([landmarks, ...blocks]: readonly StoredTriangle[]): Float64Array[] {
  const above = deviationsOf(landmarks!);
  return [load(landmarks!), ...blocks.map((rows) => load(rows, above))];
}

/** Bytes of a scatter with this many classes. */
export function scatterBytes(layout: ScatterLayout, classes: number): number {
  const rows = partsOf(layout).reduce(
    (sum, { places, above }) => sum + storedBytes(places.length, layout.half, above),
    0,
  );
  const bytesPerMean = 4 * featuresOf(layout);
  return rows + (classes + 1) * bytesPerMean;
}
