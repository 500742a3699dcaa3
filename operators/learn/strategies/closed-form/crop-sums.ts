import { packedLength } from '../../../foundation/linear-algebra/cholesky.ts';
import { Gram } from '../../../foundation/linear-algebra/gram.ts';
import { RowSums } from '../../../foundation/linear-algebra/row-sums.ts';
import {
  ClassMoments,
  packMoments,
  type SavedMoments,
  unpackMoments,
  type WeightedRows,
} from '../../statistics/class-moments.ts';
import { ClassScatters, StoredScatters } from '../../statistics/class-scatters.ts';
import { StoredMoments } from '../../statistics/stored-moments.ts';
import type { ClassMove } from '../../strategy.ts';

/** Sums over crop embeddings in float64, while they are being changed. */
export interface OpenCropSums {
  /** Values per row. */
  readonly features: number;
  readonly hasClasses: boolean;
  addNegatives(rows: Float32Array, weight: number): void;
  addExample(label: string, rows: WeightedRows, sign: 1 | -1): void;
  move(move: ClassMove): void;
}

/** The same between two changes, in float32 if the kind does not say otherwise. */
export interface StoredCropSums<Open extends OpenCropSums> {
  readonly features: number;
  readonly bytes: number;
  /** Yields every few milliseconds. */
  open(): Generator<void, Open>;
  pack(): { readonly header: unknown; readonly blobs: readonly ArrayBufferView[] };
}

/** A kind of sums over crop embeddings. */
export interface CropSumsKind<Open extends OpenCropSums> {
  /** Bytes that the stored sums take. */
  readonly bytes: (features: number, classes: number) => number;
  readonly empty: (features: number) => StoredCropSums<Open>;
  /** The sums of the first `features` features alone. */
  readonly leading: (open: Open, features: number) => Open;
  /** The sums as they are stored. Yields every few milliseconds. */
  readonly close: (open: Open) => Generator<void, StoredCropSums<Open>>;
  /** Reads what `pack` gave; the file's checksum vouches for both. */
  readonly unpack: (
    header: unknown,
    features: number,
    take: (length: number) => ArrayBuffer,
  ) => StoredCropSums<Open>;
}

/** Second moments of all rows together, and a sum for each class. */
export const secondMoments = momentsKind(
  (features) => new Gram(features),
  (features) => packedLength(features + 1),
);

/** The same in float64: twice the bytes, and eigenvalues that float32 rounds off. */
export const doubleMoments: CropSumsKind<ClassMoments<Gram>> = {
  bytes: (features, classes) => 8 * (packedLength(features + 1) + classes * (features + 1)),
  empty: (features) => doubles(new ClassMoments(new Gram(features))),
  leading: (open, features) => open.leading(features),
  *close(open) {
    yield;
    return doubles(open);
  },
  unpack: (header, features, take) =>
    doubles(unpackMoments(header as SavedMoments, features, take)),
};

function doubles(moments: ClassMoments<Gram>): StoredCropSums<ClassMoments<Gram>> {
  return {
    features: moments.features,
    bytes: moments.bytes,
    *open() {
      yield;
      return moments.clone();
    },
    pack: () => packMoments(moments.contents()),
  };
}

/** First moments and squares of all rows together, and a sum for each class. */
export const firstMoments = momentsKind(
  (features) => new RowSums(features),
  (features) => RowSums.valuesOf(features),
);

function momentsKind<All extends Gram | RowSums>(
  empty: (features: number) => All,
  values: (features: number) => number,
): CropSumsKind<ClassMoments<All>> {
  const stored = (moments: StoredMoments<All>): StoredCropSums<ClassMoments<All>> => ({
    features: moments.features,
    bytes: moments.bytes,
    open: () => moments.open(),
    pack: () => packMoments(moments.contents),
  });
  return {
    bytes: (features, classes) => 4 * (values(features) + classes * (features + 1)),
    empty: (features) => stored(new StoredMoments(empty(features))),
    leading: (open, features) => open.leading(features),
    *close(open) {
      return stored(yield* StoredMoments.of(open, empty(open.features)));
    },
    unpack: (header, features, take) => {
      const { rows, classes } = header as SavedMoments;
      const floats = (length: number) => new Float32Array(take(4 * length));
      const all = floats(values(features));
      const sums = classes.map((counts) => ({ ...counts, features: floats(features + 1) }));
      return stored(new StoredMoments(empty(features), { rows, all, classes: sums }));
    },
  };
}

/** Second moments of every class by itself, and of background. */
export const classScatters: CropSumsKind<ClassScatters> = {
  // Background is one more group.
  bytes: (features, classes) => 4 * (classes + 1) * StoredScatters.valuesOf(features),
  empty: (features) => storedScatters(new StoredScatters(features)),
  leading: (open, features) => open.leading(features),
  *close(open) {
    return storedScatters(yield* open.close());
  },
  unpack: (header, features, take) => {
    const groups = (header as SavedScatters).map(({ name, ...counts }) => {
      const values = new Float32Array(take(4 * StoredScatters.valuesOf(features)));
      return [name, { ...counts, values }] as const;
    });
    return storedScatters(new StoredScatters(features, new Map(groups)));
  },
};

type SavedScatters = readonly {
  /** Null: background. */
  readonly name: string | null;
  readonly examples: number;
  readonly rows: number;
}[];

function storedScatters(scatters: StoredScatters): StoredCropSums<ClassScatters> {
  return {
    features: scatters.features,
    bytes: scatters.bytes,
    *open() {
      yield;
      return new ClassScatters(scatters);
    },
    pack: () => {
      const groups = [...scatters.entries()];
      const header: SavedScatters = groups.map(([name, { examples, rows }]) => {
        return { name, examples, rows };
      });
      return { header, blobs: groups.map(([, { values }]) => values) };
    },
  };
}
