/** 95 % of the resamples lie between these. */
export type Interval = readonly [low: number, high: number];

/** Resamples of which percentiles are taken. */
const resamples = 1000;
/** Share of resamples below the interval, and above it. */
const tail = 0.025;

/**
 * Fewer groups say too little of how groups differ: of intervals from 5 that should hold the true
 * value 95 times in 100, 84 do, of those from 10 and from 15 91, and none from a single group.
 */
export const groupsMin = 10;

/** What is drawn with replacement. */
export interface Resampling {
  /** Number of groups of pictures of each test set; each set is resampled by itself. */
  readonly groups: readonly number[];
  /** Class orders that were run on every test set, drawn together for all sets. Default 1. */
  readonly orders?: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * A 95 % interval of a figure by the bootstrap: groups of pictures are drawn with replacement, as
 * many as there are, and the 2.5th and 97.5th percentile of 1,000 such draws is taken (Efron,
 * "Bootstrap methods: another look at the jackknife", 1979). Groups and not pictures, since frames
 * of one recording are not independent of each other.
 *
 * With several class orders these are drawn in the same way, and independently of the groups: each
 * draw has the mean over its orders ("pigeonhole bootstrap" of crossed factors: Owen, The Annals of
 * Applied Statistics, 2007). It errs on the wide side where order and pictures interact; few orders
 * make it narrower, by 1/n of their variance.
 *
 * `valueOf`: the figure of one set and order with each group counted as often as `weights` says;
 * null where it has none. A set without a value is left out of a draw's mean over sets. Null if
 * there is no value in any draw, and for a set of fewer than {@link groupsMin} groups.
 */
export function bootstrapInterval(
  valueOf: (weights: Uint16Array, set: number, order: number) => number | null,
  { groups, orders = 1, random }: Resampling,
): Interval | null {
  if (groups.some((count) => count < groupsMin)) return null;
  const values: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const drawn = orders === 1 ? Uint16Array.of(1) : draw(orders, random);
    const ofSets = groups.flatMap((count, set) => {
      const weights = draw(count, random);
      return orderMean(drawn, (order) => valueOf(weights, set, order)) ?? [];
    });
    if (ofSets.length > 0) values.push(ofSets.reduce((sum, v) => sum + v, 0) / ofSets.length);
  }
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  return [
    values[Math.floor(tail * values.length)]!,
    values[Math.ceil((1 - tail) * values.length) - 1]!,
  ];
}

/** How often each of `count` things is drawn in as many draws with replacement. */
function draw(count: number, random: () => number): Uint16Array {
  const weights = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    const drawn = Math.floor(random() * count);
    weights[drawn] = weights[drawn]! + 1;
  }
  return weights;
}

/** Mean of the drawn orders; null where one of them has no value. */
function orderMean(drawn: Uint16Array, valueOf: (order: number) => number | null): number | null {
  let sum = 0;
  let count = 0;
  for (const [order, times] of drawn.entries()) {
    if (times === 0) continue;
    const value = valueOf(order);
    if (value === null) return null;
    sum += times * value;
    count += times;
  }
  return sum / count;
}
