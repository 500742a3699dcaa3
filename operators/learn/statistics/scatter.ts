import { accumulate, accumulatedAtOnce } from '../../foundation/linear-algebra/accumulate.ts';
import { packedLength } from '../../foundation/linear-algebra/cholesky.ts';
import {
  deviationsOf,
  load,
  rowsLength,
  store,
  storedBytes,
  type StoredTriangle,
} from '../../foundation/linear-algebra/stored-triangle.ts';

/** What is known of one class, or of all that belongs to none. */
export interface GroupSums {
  /** Examples; a class goes when none is left. Of background, the rows. */
  readonly count: number;
  /** Σ w·t. */
  readonly weight: number;
  /** Σ w·t·x, feature by feature: landmarks, then block after block. */
  readonly sums: Float32Array;
}

/** What is in a {@link Scatter}. */
export type ScatterContents = Pick<Scatter, 'within' | 'classes' | 'background' | 'revision'>;

/** Which features are kept, and how: each place in a row is a landmark, or in one block, or left out. */
export interface Layout {
  /** Values of a row. */
  readonly rowLength: number;
  /** Places in a row of the features whose products with all others are kept. */
  readonly landmarks: Uint16Array;
  /** Places in a row of each block's features, whose products with each other are kept. */
  readonly blocks: readonly Uint16Array[];
  /** Scatter in two bytes a value instead of four; see {@link store}. */
  readonly half: boolean;
}

/** Rows of one example, or of background. */
export interface ScatterRows {
  /** Null: background. */
  readonly label: string | null;
  /** rows × rowLength. */
  readonly rows: Float32Array;
  /** How much each row belongs to the class, what is left of it to background; all of it where absent. */
  readonly targets?: Float32Array;
  /** Counts for each row; negative takes the same rows out again. */
  readonly weight: number;
  /** What the scatter of the rows about their own mean counts for on top; see {@link Scatter}. Default 0. */
  readonly orbit?: number;
}

/**
 * Means of classes and of background, and the scatter of rows about the mean of their own, all classes and
 * background together: what linear discriminants are made of (Fisher, 1936; streaming: Hayes and Kanan, 2020).
 *
 * Features lie in blocks or are landmarks; what features of different blocks have to do with each other is kept only as far as
 * landmarks tell, and of a feature that is neither nothing is. What is kept is a sum over what is in it, so that it does not
 * depend on order, and an example can be taken out; float32 rounds at the end of each change, sums of one change are in
 * float64. A change costs the same however many classes and rows came before: only the means that it touches are taken
 * out of the scatter and put back.
 *
 * `orbit` is for rows that show one object: how they differ from each other is what a classifier should not
 * see, and counts more than what tells objects of one class apart.
 */
export class Scatter {
  readonly layout: Layout;
  /** Features that are kept: landmarks and those of all blocks. */
  readonly features: number;
  /** Within-group scatter: the landmarks' triangle, then of each block the rows that belong below it. */
  readonly within: readonly StoredTriangle[];
  readonly classes: ReadonlyMap<string, GroupSums>;
  readonly background: GroupSums;
  /** Changes that it went through: the seed of rounding. */
  readonly revision: number;

  /** An empty one, unless told what is in it. */
  constructor(layout: Layout, contents?: ScatterContents) {
    this.layout = layout;
    this.features = featuresOf(layout);
    this.within =
      contents?.within ??
      storeParts(
        layout,
        partsOf(layout).map(
          ({ places, above }) => new Float64Array(rowsLength(places.length, above)),
        ),
        0,
      );
    this.classes = contents?.classes ?? new Map<string, GroupSums>();
    const none = { count: 0, weight: 0, sums: new Float32Array(this.features) };
    this.background = contents?.background ?? none;
    this.revision = contents?.revision ?? 0;
  }

  /** Σ w over all rows. */
  get weight(): number {
    let weight = this.background.weight;
    for (const own of this.classes.values()) weight += own.weight;
    return weight;
  }

  get bytes(): number {
    return scatterBytes(this.layout, this.classes.size);
  }

  /**
   * This scatter with rows added and taken out; itself it stays as it is. Yields every 20 ms or so.
   * Throws a RangeError where more examples of a class are taken out than were put in.
   */
  *with(changes: readonly ScatterRows[]): Generator<void, Scatter> {
    const next = new ScatterChange(this);
    for (const change of changes) if (next.add(change)) yield;
    yield* next.finish();
    return next.result();
  }

  /** The scatter of {@link within} in float64: the landmarks' packed triangle, then each block's rows below it. */
  loaded(): Float64Array[] {
    const [landmarks, ...blocks] = this.within;
    const above = deviationsOf(landmarks!);
    return [load(landmarks!), ...blocks.map((rows) => load(rows, above))];
  }

  /** The same under a poorer layout, whose landmarks are some of these, and each of whose blocks lies within one of these. */
  reduced(layout: Layout): Scatter {
    const order = new Map(placesOf(this.layout).map((place, i) => [place, i]));
    const kept = placesOf(layout).map((place) => order.get(place)!);
    const thin = (group: GroupSums): GroupSums => ({
      ...group,
      sums: Float32Array.from(kept, (i) => group.sums[i]!),
    });
    const valueOf = this.#values();
    const parts = partsOf(layout).map(({ places, above }) => {
      const all = [...layout.landmarks.subarray(0, above), ...places];
      const values = new Float64Array(rowsLength(places.length, above));
      let at = 0;
      for (let i = above; i < all.length; i++) {
        for (let j = 0; j <= i; j++) values[at++] = valueOf(all[i]!, all[j]!);
      }
      return values;
    });
    const revision = this.revision + 1;
    const classes = new Map([...this.classes].map(([label, group]) => [label, thin(group)]));
    const within = storeParts(layout, parts, revision);
    return new Scatter(layout, { within, classes, background: thin(this.background), revision });
  }

  /** Reads the scatter of two features, given their places in a row: landmarks, of one block, or one of each. */
  #values(): (a: number, b: number) => number {
    const first = this.layout.landmarks.length;
    const own = new Map<number, readonly [part: number, row: number]>();
    for (const [part, { places, above }] of partsOf(this.layout).entries()) {
      for (const [i, place] of places.entries()) own.set(place, [part, above + i]);
    }
    const loaded = this.loaded();
    return (a, b) => {
      const [[part, row], [other, column]] = [own.get(a)!, own.get(b)!];
      const least = packedLength(Math.max(row, column)) + Math.min(row, column);
      const inPart = Math.max(part, other);
      return loaded[inPart]![inPart === 0 ? least : least - packedLength(first)]!;
    };
  }
}

/** Places in a row of all that is kept, in the order in which it is. */
export function placesOf({ landmarks, blocks }: Pick<Layout, 'landmarks' | 'blocks'>): number[] {
  return [landmarks, ...blocks].flatMap((own) => [...own]);
}

/** Features whose rows of the scatter are kept together: landmarks, or a block below them. */
export interface Part {
  /** Places in a row. */
  readonly places: Uint16Array;
  /** Landmarks above them; none above the landmarks themselves. */
  readonly above: number;
  /** Among all features that are kept, from which one on, and to which. */
  readonly from: number;
  readonly to: number;
}

/** Landmarks, then each block. */
export function partsOf({ landmarks, blocks }: Layout): Part[] {
  let to = 0;
  return [landmarks, ...blocks].map((places, i) => {
    const from = to;
    to += places.length;
    return { places, above: i === 0 ? 0 : landmarks.length, from, to };
  });
}

/** Of values of all features that are kept, those in a part's rows: landmarks above it, then its own. */
export function gather(
  { above, from, to }: Part,
  values: Float64Array,
  into: Float64Array = new Float64Array(above + to - from),
): Float64Array {
  into.set(values.subarray(0, above));
  into.set(values.subarray(from, to), above);
  return into;
}

/** The rows of each part, at rest. */
function storeParts(layout: Layout, rows: readonly Float64Array[], seed: number): StoredTriangle[] {
  const { half } = layout;
  const stored: StoredTriangle[] = [];
  for (const [i, { places }] of partsOf(layout).entries()) {
    const [landmarks] = stored;
    const above = landmarks === undefined ? {} : { above: deviationsOf(landmarks) };
    stored.push(store(rows[i]!, places.length, { half, seed, ...above }));
  }
  return stored;
}

/** How many features a layout keeps. */
export function featuresOf({ landmarks, blocks }: Pick<Layout, 'landmarks' | 'blocks'>): number {
  return blocks.reduce((sum, { length }) => sum + length, landmarks.length);
}

/** Bytes of a {@link Scatter}: float32 for means. */
export function scatterBytes(layout: Layout, classes: number): number {
  const rows = partsOf(layout).reduce(
    (sum, { places, above }) => sum + storedBytes(places.length, layout.half, above),
    0,
  );
  return rows + 4 * (classes + 1) * featuresOf(layout);
}

interface OpenGroup {
  count: number;
  weight: number;
  readonly sums: Float64Array;
}

/** Weight up to which a group has no rows: rounding leaves a little of those that are gone. */
const nothing = 1e-6;

/** Products that are summed between two pauses. */
const productsPerPause = 2e7;

/** One change on its way into a {@link Scatter}, in float64. */
class ScatterChange {
  readonly #before: Scatter;
  readonly #order: readonly number[];
  readonly #within: readonly Float64Array[];
  readonly #open = new Map<string | null, OpenGroup>();
  readonly #batch: readonly Float64Array[];
  readonly #weights = new Float64Array(accumulatedAtOnce);
  /** Landmarks, then each block, with room for what is gathered of rows. */
  readonly #parts: readonly { readonly part: Part; readonly columns: readonly Float64Array[] }[];
  #waiting = 0;
  #products = 0;

  constructor(before: Scatter) {
    this.#before = before;
    this.#order = placesOf(before.layout);
    this.#within = before.loaded();
    const rows = (length: number) =>
      Array.from({ length: accumulatedAtOnce }, () => new Float64Array(length));
    this.#batch = rows(before.features);
    this.#parts = partsOf(before.layout).map((part) => ({
      part,
      columns: rows(part.above + part.places.length),
    }));
  }

  /** Says whether it is time for a pause. */
  add({ label, rows, targets, weight, orbit = 0 }: ScatterRows): boolean {
    const { features, layout } = this.#before;
    const { rowLength } = layout;
    const count = rows.length / rowLength;
    if (count === 0 || weight === 0) return false;
    const own = this.#group(label);
    const background = targets === undefined || label === null ? null : this.#group(null);
    own.count += Math.sign(weight) * (label === null ? count : 1);
    if (label !== null && own.count < 0)
      throw new RangeError(`No example of class ${label} is left to take out`);
    const sum = new Float64Array(features);
    const values = new Float64Array(features);
    for (let row = 0; row < count; row++) {
      const start = row * rowLength;
      for (let i = 0; i < features; i++) values[i] = rows[start + this.#order[i]!]!;
      const target = targets?.[row] ?? 1;
      addTo(own, values, weight * target);
      if (background !== null) addTo(background, values, weight * (1 - target));
      if (orbit === 0) {
        this.#push(values, weight);
        continue;
      }
      // Helmert's contrasts (1876): their scatter is that about the mean, and the mean's is what is left, so
      // that weighing the two apart takes as many products as there are rows.
      const scale = Math.sqrt(row / (row + 1));
      for (let i = 0; i < features; i++) {
        const value = values[i]!;
        values[i] = row === 0 ? 0 : scale * (value - sum[i]! / row);
        sum[i] = sum[i]! + value;
      }
      if (row > 0) this.#push(values, weight * (1 + orbit));
    }
    if (orbit !== 0) {
      this.#push(
        sum.map((value) => value / count),
        weight * count,
      );
    }
    const due = this.#products >= productsPerPause;
    if (due) this.#products = 0;
    return due;
  }

  /** Takes the new means of what was touched out of the scatter. */
  *finish(): Generator<void, void> {
    for (const { weight, sums } of this.#open.values()) {
      if (this.#means(weight, sums, -1)) yield;
    }
    this.#flush();
  }

  result(): Scatter {
    const { layout, classes: before, background } = this.#before;
    const classes = new Map(before);
    for (const [label, { count, weight, sums }] of this.#open) {
      if (label === null) continue;
      if (count === 0) classes.delete(label);
      else classes.set(label, closed({ count, weight, sums }));
    }
    const rest = this.#open.get(null);
    const next = rest === undefined ? background : closed(rest);
    // What rounding left of rows that are all gone must not bend the next class.
    if (classes.size === 0 && next.weight === 0) return new Scatter(layout);
    // Another seed for every change, or what is too little for one unit would never count.
    const revision = this.#before.revision + 1;
    const within = storeParts(layout, this.#within, revision);
    return new Scatter(layout, { within, classes, background: next, revision });
  }

  /** The open sums of a group, whose mean is put back into the scatter first. */
  #group(label: string | null): OpenGroup {
    const open = this.#open.get(label);
    if (open !== undefined) return open;
    const { features, background, classes } = this.#before;
    const { count, weight, sums } = (label === null ? background : classes.get(label)) ?? {
      ...{ count: 0, weight: 0, sums: new Float32Array(features) },
    };
    const own = { count, weight, sums: Float64Array.from(sums) };
    this.#means(weight, own.sums, 1);
    this.#open.set(label, own);
    return own;
  }

  /** Adds weight · mean · meanᵀ, or takes it out. */
  #means(weight: number, sums: Float64Array, sign: 1 | -1): boolean {
    if (!(weight > nothing)) return false;
    this.#push(
      sums.map((sum) => sum / weight),
      sign * weight,
    );
    return this.#products >= productsPerPause;
  }

  #push(values: Float64Array, weight: number): void {
    this.#batch[this.#waiting]!.set(values);
    this.#weights[this.#waiting] = weight;
    if (++this.#waiting === accumulatedAtOnce) this.#flush();
  }

  #flush(): void {
    this.#weights.fill(0, this.#waiting);
    for (const [i, { part, columns }] of this.#parts.entries()) {
      for (const [row, column] of columns.entries()) gather(part, this.#batch[row]!, column);
      const packed = this.#within[i]!;
      accumulate(packed, part.above + part.places.length, columns, this.#weights, part.above);
      this.#products += packed.length * this.#waiting;
    }
    this.#waiting = 0;
  }
}

/** Sums at rest; those of a group without rows are zero, since divided by what is left of its weight they mean nothing. */
function closed({ count, weight, sums }: OpenGroup): GroupSums {
  if (Math.abs(weight) <= nothing) {
    return { count, weight: 0, sums: new Float32Array(sums.length) };
  }
  return { count, weight, sums: Float32Array.from(sums) };
}

function addTo(group: OpenGroup, values: Float64Array, weight: number): void {
  const { sums } = group;
  for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + weight * values[i]!;
  group.weight += weight;
}
