import type { RankedOutcomes } from './average-precision.ts';
import { bootstrapInterval, type Interval, type Resampling } from './bootstrap.ts';
import { groupOutcomes, type PictureGroups, weightedMean } from './grouped-outcomes.ts';

/**
 * One method's outcomes on one test set: for each class order that was run, those of each class.
 * All are of the same pictures.
 */
export interface SetOutcomes {
  readonly groups: PictureGroups;
  readonly orders: readonly (readonly RankedOutcomes[])[];
}

/** A figure and its 95 % interval, which is null for too few groups of pictures. */
export interface Estimate {
  readonly value: number;
  readonly interval: Interval | null;
}

/**
 * A 95 % interval of the mean AP50 over classes by resampling groups of pictures
 * ({@link bootstrapInterval}). A class that a draw does not show is left out of its mean. Null
 * without objects, and for too few groups.
 */
export function ap50Interval(
  classes: readonly RankedOutcomes[],
  groups: PictureGroups,
  random: () => number,
): Interval | null {
  return meanAp50([{ groups, orders: [classes] }], random)?.interval ?? null;
}

/**
 * Mean AP50 over classes, class orders and test sets, with the interval that resampling of pictures
 * and orders gives together. Null without objects.
 *
 * @throws {RangeError} for sets with different numbers of orders.
 */
export function meanAp50(sets: readonly SetOutcomes[], random: () => number): Estimate | null {
  const prepared = sets.map(prepare);
  return meanOverOrders((weights, set, order) => weightedMean(prepared[set]![order]!, weights), {
    ...shapeOf(sets),
    random,
  });
}

/**
 * By how much the mean AP50 of the first method exceeds that of the second on the same pictures,
 * with its interval. Each draw takes the same groups of pictures and the same class orders for
 * both, so that what is hard for both cancels out; two intervals of their own may overlap where the
 * difference is certain. `first[i]` and `second[i]` are of one test set; null without objects.
 *
 * @throws {RangeError} where they differ in sets, orders, classes, objects or groups of pictures.
 */
export function pairedDifference(
  first: readonly SetOutcomes[],
  second: readonly SetOutcomes[],
  random: () => number,
): Estimate | null {
  assertPaired(first, second);
  const [a, b] = [first.map(prepare), second.map(prepare)];
  const difference = (weights: Uint16Array, set: number, order: number): number | null => {
    const value = weightedMean(a[set]![order]!, weights);
    const other = weightedMean(b[set]![order]!, weights);
    return value === null || other === null ? null : value - other;
  };
  return meanOverOrders(difference, { ...shapeOf(first), random });
}

function prepare({ groups, orders }: SetOutcomes) {
  return orders.map((classes) => classes.map((outcomes) => groupOutcomes(outcomes, groups)));
}

function shapeOf(sets: readonly SetOutcomes[]) {
  const orders = sets[0]?.orders.length ?? 0;
  if (sets.some((set) => set.orders.length !== orders)) {
    throw new RangeError('the test sets differ in their number of class orders');
  }
  return { groups: sets.map(({ groups }) => groups.length), orders };
}

/**
 * The mean of a figure over test sets and orders, with its interval by {@link bootstrapInterval}.
 * Null without sets, and where a set and order has no figure.
 */
export function meanOverOrders(
  valueOf: (weights: Uint16Array, set: number, order: number) => number | null,
  resampling: Required<Resampling>,
): Estimate | null {
  const values = resampling.groups.flatMap((groups, set) =>
    Array.from({ length: resampling.orders }, (_, order) =>
      valueOf(new Uint16Array(groups).fill(1), set, order),
    ),
  );
  if (values.length === 0 || values.includes(null)) return null;
  const value = values.reduce<number>((sum, each) => sum + each!, 0) / values.length;
  return { value, interval: bootstrapInterval(valueOf, resampling) };
}

function assertPaired(first: readonly SetOutcomes[], second: readonly SetOutcomes[]): void {
  if (first.length !== second.length) throw new RangeError('the numbers of test sets differ');
  for (const [i, a] of first.entries()) {
    const b = second[i]!;
    if (JSON.stringify(a.groups) !== JSON.stringify(b.groups)) {
      throw new RangeError(`test set ${i + 1}: the groups of pictures differ`);
    }
    if (a.orders.length !== b.orders.length) {
      throw new RangeError(
        `test set ${i + 1}: ${a.orders.length} and ${b.orders.length} class orders`,
      );
    }
    if (JSON.stringify(a.orders.map(objectsOf)) !== JSON.stringify(b.orders.map(objectsOf))) {
      throw new RangeError(`test set ${i + 1}: the objects of the classes differ`);
    }
  }
}

function objectsOf(classes: readonly RankedOutcomes[]) {
  return classes.map(({ objects }) => objects);
}
