import type { Dataset, LabelledImage } from '../../../operators/datasets/dataset.ts';

/** Figures of one class of a set. */
export interface ClassFigures {
  readonly class: string;
  readonly objects: number;
  /** Pictures that show it. */
  readonly pictures: number;
  /** Median sides of its boxes in pixels, and median of their shares of the picture, 0 to 1. */
  readonly medianWidth: number;
  readonly medianHeight: number;
  readonly medianShare: number;
}

/** Figures of the sizes of pictures, in upright pixels. */
export interface SizeFigures {
  /** The most frequent sizes with their numbers of pictures, at most {@link sizesMax}. */
  readonly frequent: readonly { readonly size: string; readonly pictures: number }[];
  /** Number of different sizes. */
  readonly different: number;
  /** By area. */
  readonly smallest: string;
  readonly largest: string;
}

const sizesMax = 5;

/** Figures of every class, in the order of the set; a class without objects has medians of 0. */
export function classFigures({ classes, images }: Pick<Dataset, 'classes' | 'images'>) {
  const sides = new Map(
    classes.map((name): [string, Sides] => [
      name,
      { widths: [], heights: [], shares: [], pictures: 0 },
    ]),
  );
  for (const { width, height, objects } of images) {
    for (const name of new Set(objects.map((object) => object.class))) sides.get(name)!.pictures++;
    for (const { class: name, box } of objects) {
      const of = sides.get(name)!;
      const [across, down] = [box[2] - box[0], box[3] - box[1]];
      of.widths.push(across);
      of.heights.push(down);
      of.shares.push((across * down) / (width * height));
    }
  }
  return [...sides].map(([name, { widths, heights, shares, pictures }]): ClassFigures => {
    return {
      class: name,
      objects: widths.length,
      pictures,
      medianWidth: median(widths),
      medianHeight: median(heights),
      medianShare: median(shares),
    };
  });
}

interface Sides {
  readonly widths: number[];
  readonly heights: number[];
  readonly shares: number[];
  pictures: number;
}

/** Figures of the sizes of at least one picture. */
export function sizeFigures(images: readonly LabelledImage[]): SizeFigures {
  const counts = new Map<string, number>();
  for (const image of images) counts.set(sizeOf(image), (counts.get(sizeOf(image)) ?? 0) + 1);
  const byArea = images.toSorted((a, b) => a.width * a.height - b.width * b.height);
  const frequent = [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, sizesMax)
    .map(([size, pictures]) => ({ size, pictures }));
  return {
    frequent,
    different: counts.size,
    smallest: sizeOf(byArea[0]!),
    largest: sizeOf(byArea.at(-1)!),
  };
}

function sizeOf({ width, height }: LabelledImage): string {
  return `${width}×${height}`;
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
