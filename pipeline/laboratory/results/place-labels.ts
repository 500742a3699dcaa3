/** A rectangle in pixels: left, top, right, bottom. */
export type Area = readonly [left: number, top: number, right: number, bottom: number];

/**
 * Heights for labels in a column: in order, `gap` apart, together as near as can be to where they
 * want to be, and within `top` to `bottom` where they fit. Equals keep their order.
 *
 * Without the gaps this is isotonic regression: labels that would meet share the mean of their
 * wishes ("pool adjacent violators", Ayer et al., 1955).
 */
export function spreadLabels(
  wanted: readonly number[],
  { gap, top, bottom }: { readonly gap: number; readonly top: number; readonly bottom: number },
): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  const pools: { sum: number; count: number }[] = [];
  for (const [rank, i] of order.entries()) {
    let pool = { sum: wanted[i]! - rank * gap, count: 1 };
    for (let last = pools.at(-1); last !== undefined; last = pools.at(-1)) {
      if (last.sum / last.count <= pool.sum / pool.count) break;
      pools.pop();
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
    }
    pools.push(pool);
  }
  const highest = bottom - (wanted.length - 1) * gap;
  const heights = pools.flatMap(({ sum, count }) =>
    new Array<number>(count).fill(Math.max(top, Math.min(highest, sum / count))),
  );
  const placed = new Array<number>(wanted.length).fill(0);
  for (const [rank, i] of order.entries()) placed[i] = heights[rank]! + rank * gap;
  return placed;
}

/** A dot that wants its name beside it. */
export interface LabelledDot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Distance between a dot's centre and its label. */
const clearance = 8;

/**
 * Where the labels of dots go: to the right, to the left, above or below, wherever it covers
 * least of other labels and dots and stays within `bounds`; further away where all of that is
 * taken. `others` are dots without a label. One area a labelled dot, in order.
 */
export function placeBesideDots(
  dots: readonly LabelledDot[],
  others: readonly { readonly x: number; readonly y: number }[],
  bounds: Area,
): Area[] {
  const taken: Area[] = [...dots, ...others].map(({ x, y }) => [x - 6, y - 6, x + 6, y + 6]);
  return dots.map((dot, own) => {
    let best: Area | null = null;
    let least = Infinity;
    for (const [rank, area] of placesFor(dot).entries()) {
      const covered = taken.reduce(
        (sum, other, i) => sum + (i === own ? 0 : shared(area, other)),
        0,
      );
      // What leaves the bounds costs as much as what covers a name; of equals the first is best.
      const cost = covered + (areaOf(area) - shared(area, bounds)) + rank * 0.5;
      if (cost >= least) continue;
      least = cost;
      best = area;
    }
    taken.push(best!);
    return best!;
  });
}

function placesFor({ x, y, width, height }: LabelledDot): Area[] {
  const at = (left: number, top: number): Area => [left, top, left + width, top + height];
  const places: Area[] = [];
  for (const far of [clearance, clearance + height, clearance + 2.5 * height]) {
    const slope = far - clearance;
    places.push(
      at(x + clearance, y - height / 2 - slope),
      at(x - clearance - width, y - height / 2 - slope),
      at(x - width / 2, y - far - height),
      at(x - width / 2, y + far),
      at(x + clearance, y - height / 2 + slope),
      at(x - clearance - width, y - height / 2 + slope),
    );
  }
  return places;
}

function shared(a: Area, b: Area): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return width > 0 && height > 0 ? width * height : 0;
}

function areaOf([left, top, right, bottom]: Area): number {
  return (right - left) * (bottom - top);
}
