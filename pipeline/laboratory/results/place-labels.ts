import { areaOf, sharedArea } from '../../../operators/foundation/geometry/box.ts';

/** A rectangle in pixels: left, top, right, bottom. */
export type Area = readonly [left: number, top: number, right: number, bottom: number];

/**
 * Spreads labels in a column at least `gap` apart, in order, with the least squared distance to the
 * wanted heights, and within `top` to `bottom` if they fit. Equal heights keep their order.
 *
 * Without the gaps this is isotonic regression by pooling adjacent violators (Ayer et al., 1955).
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

/** A dot with the size of its label. */
export interface LabelledDot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Distance between a dot's centre and its label. */
const clearance = 8;

/**
 * Places the label of each dot to its right, left, above or below, wherever it covers least of
 * other labels and dots and stays within `bounds`; farther away if all of these are taken. `others`
 * are dots without labels. Returns one area per labelled dot, in order.
 */
export function placeBesideDots(
  dots: readonly LabelledDot[],
  others: readonly { readonly x: number; readonly y: number }[],
  bounds: Area,
): Area[] {
  const taken: Area[] = [...dots, ...others].map(({ x, y }) => [x - 6, y - 6, x + 6, y + 6]);
  return dots.map((dot, index) => {
    let best: Area | null = null;
    let least = Infinity;
    for (const [rank, area] of placesFor(dot).entries()) {
      const covered = taken.reduce(
        (sum, other, i) => sum + (i === index ? 0 : sharedArea(area, other)),
        0,
      );
      // Area outside the bounds costs as much as covered area; the first of equal places wins.
      const cost = covered + (areaOf(area) - sharedArea(area, bounds)) + rank * 0.5;
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
