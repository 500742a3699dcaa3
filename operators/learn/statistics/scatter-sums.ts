import { accumulate, accumulatedAtOnce } from '../../foundation/linear-algebra/accumulate.ts';
import { packedLength } from '../../foundation/linear-algebra/cholesky.ts';
import { rowsLength } from '../../foundation/linear-algebra/stored-triangle.ts';
import { type GroupSums, loadParts, type ScatterContents } from './scatter-contents.ts';
import { gather, partsOf, placesOf, type ScatterLayout } from './scatter-layout.ts';

/** The sums of a scatter, with the matrix in float64, not rounded yet. */
export interface ScatterSums {
  /** Within-group scatter: the landmarks' triangle, then each block's rows below it. */
  readonly within: readonly Float64Array[];
  readonly classes: ReadonlyMap<string, GroupSums>;
  readonly background: GroupSums;
}

type LaidOut = ScatterContents & { readonly layout: ScatterLayout };

/** Sums under a layout that keeps less, or the same: its landmarks and blocks are subsets. */
export function reducedSums(scatter: LaidOut, layout: ScatterLayout): ScatterSums {
  const { classes, background } = scatter;
  if (scatter.layout === layout) return { within: loadParts(scatter.within), classes, background };
  const order = new Map(placesOf(scatter.layout).map((place, i) => [place, i]));
  const kept = placesOf(layout).map((place) => order.get(place)!);
  const thin = (group: GroupSums): GroupSums => ({
    ...group,
    sums: Float32Array.from(kept, (i) => group.sums[i]!),
  });
  const valueOf = valuesBetween(scatter);
  const within = partsOf(layout).map(({ places, above }) => {
    const all = [...layout.landmarks.subarray(0, above), ...places];
    const values = new Float64Array(rowsLength(places.length, above));
    let at = 0;
    for (let i = above; i < all.length; i++) {
      for (let j = 0; j <= i; j++) values[at++] = valueOf(all[i]!, all[j]!);
    }
    return values;
  });
  return {
    within,
    classes: new Map([...classes].map(([label, group]) => [label, thin(group)])),
    background: thin(background),
  };
}

/** Looks up the scatter of two features by row index: landmarks, of one block, or one of each. */
function valuesBetween({ layout, within }: LaidOut): (a: number, b: number) => number {
  const landmarkCount = layout.landmarks.length;
  const positions = new Map<number, readonly [part: number, row: number]>();
  for (const [part, { places, above }] of partsOf(layout).entries()) {
    for (const [i, place] of places.entries()) positions.set(place, [part, above + i]);
  }
  const loaded = loadParts(within);
  return (a, b) => {
    const [[partA, row], [partB, column]] = [positions.get(a)!, positions.get(b)!];
    const index = packedLength(Math.max(row, column)) + Math.min(row, column);
    const part = Math.max(partA, partB);
    return loaded[part]![part === 0 ? index : index - packedLength(landmarkCount)]!;
  };
}

/**
 * The sums over the rows of both, which have one layout. Each group that both know adds what its
 * two means differ, a term of rank one: n·m / (n + m) · (μ - ν)(μ - ν)ᵀ for the weights n and m.
 * Classes of `a` come first. Yields about every 20 ms.
 */
export function* joinedSums(
  layout: ScatterLayout,
  a: ScatterSums,
  b: ScatterSums,
): Generator<void, ScatterSums> {
  const within = a.within.map((values, part) => {
    const others = b.within[part]!;
    return values.map((value, i) => value + others[i]!);
  });
  const classes = new Map([...a.classes, ...b.classes]);
  const differences: Difference[] = [];
  const join = (one: GroupSums, other: GroupSums): GroupSums => {
    differences.push(...differenceOf(one, other));
    return {
      count: one.count + other.count,
      weight: one.weight + other.weight,
      sums: one.sums.map((sum, i) => sum + other.sums[i]!),
    };
  };
  // By name, so that both orders of two scatters round alike.
  for (const label of [...a.classes.keys()].sort()) {
    const other = b.classes.get(label);
    if (other !== undefined) classes.set(label, join(a.classes.get(label)!, other));
  }
  const background = join(a.background, b.background);
  yield* addDifferences(layout, within, differences);
  return { within, classes, background };
}

interface Difference {
  readonly values: Float64Array;
  readonly weight: number;
}

/** Empty if one of the groups has no weight, and thus no mean. */
function differenceOf(a: GroupSums, b: GroupSums): readonly Difference[] {
  if (!(a.weight > 0 && b.weight > 0)) return [];
  const values = Float64Array.from(a.sums, (sum, i) => sum / a.weight - b.sums[i]! / b.weight);
  return [{ values, weight: (a.weight * b.weight) / (a.weight + b.weight) }];
}

function* addDifferences(
  layout: ScatterLayout,
  within: readonly Float64Array[],
  differences: readonly Difference[],
): Generator<void, void> {
  for (let first = 0; first < differences.length; first += accumulatedAtOnce) {
    const batch = differences.slice(first, first + accumulatedAtOnce);
    const weights = Float64Array.from(batch, ({ weight }) => weight);
    for (const [i, part] of partsOf(layout).entries()) {
      const columns = batch.map(({ values }) => gather(part, values));
      accumulate(within[i]!, part.above + part.places.length, columns, weights, part.above);
    }
    yield;
  }
}
