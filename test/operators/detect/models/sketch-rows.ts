import { sketchSide, type FoundBox, type ModelSketch } from './model-sketch.ts';

/** Classes of sketched models. */
export const classes = 5;
/** The object's class. */
export const at = 2;

/** Centre, width and height, times a factor. */
export function centred(
  sketch: ModelSketch,
  { left, top, right, bottom }: FoundBox,
  factor = 1,
): string {
  const middle = (a: string, b: string) => sketch.times(sketch.sum(a, b), factor / 2);
  const size = (a: string, b: string) => sketch.times(sketch.less(b, a), factor);
  return sketch.row(middle(left, right), middle(top, bottom), size(left, right), size(top, bottom));
}

export function corners(sketch: ModelSketch, box: FoundBox, factor = 1): string {
  const { left, top, right, bottom } = box;
  return sketch.row(...[left, top, right, bottom].map((edge) => sketch.times(edge, factor)));
}

/** Scores of all classes for the object. */
export function scores(sketch: ModelSketch, { found }: FoundBox, score: number, low = 0): string {
  const values = Array.from({ length: classes }, (_, k) => (k === at ? score - low : 0));
  return sketch.sum(
    sketch.times(sketch.floats(values), found),
    sketch.floats(values.map(() => low)),
  );
}

/** Rows of cells in which nothing is, as a decoder leaves them: small boxes around their cells. */
export function idleRows(
  sketch: ModelSketch,
  rest: readonly number[],
  { anchors = 1, from = 2, factor = 1 }: { anchors?: number; from?: number; factor?: number } = {},
): string {
  const rows: number[][] = [];
  for (const stride of [8, 16, 32]) {
    for (let anchor = 0; anchor < anchors; anchor++) {
      for (let cell = 0; cell < (sketchSide / stride) ** 2; cell++) {
        const columns = sketchSide / stride;
        const x = ((cell % columns) + 0.5) * stride;
        const y = (Math.floor(cell / columns) + 0.5) * stride;
        rows.push([x, y, stride, stride].map((value) => value * factor).concat(rest));
      }
    }
  }
  const kept = rows.slice(from);
  return sketch.floats(kept.flat(), [kept.length, kept[0]!.length]);
}

export const noScores = new Array<number>(classes).fill(0);

/** The object twice, the second time weaker: one of the two is to be suppressed. */
export function twice(
  sketch: ModelSketch,
  box: FoundBox,
  head: string,
  objectness: readonly string[] = [],
) {
  return [0.8, 0.7].map((score) => sketch.row(head, ...objectness, scores(sketch, box, score)));
}

/** A list of a few rows: the object, and others of score 0. */
export function list(
  sketch: ModelSketch,
  first: string,
  others: readonly (readonly number[])[],
): string {
  return sketch.table(first, sketch.floats(others.flat(), [others.length, others[0]!.length]));
}

export const queries = 10;
export const idleQueries = (values: readonly number[]) =>
  Array.from({ length: queries - 1 }, () => values);
