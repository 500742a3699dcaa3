import { canvasOf, describeView, isSameView, type ViewCanvas, type ViewSize } from './view-size.ts';

/** Views in nearly the shape of each picture. */
export interface OwnShape {
  readonly shape: 'own';
  /** Views have at most as many pixels as a square of this side; a multiple of 32. */
  readonly side: number;
  /** How every picture is letterboxed; absent: only where it would be distorted too much. */
  readonly letterbox?: Pick<ViewCanvas, 'anchor' | 'ground'>;
}

/** How the views of pictures of any shape are made: all alike, or each in its picture's shape. */
export type ViewPlan = ViewSize | OwnShape;

/** Sides of views of the picture's own shape are multiples of this, in pixels. */
export const viewStep = 32;
/** What such a view may lack of the square's pixels, as a share. */
const lossMax = 0.1;
/** Longest proportions of such a view: a longer one would be a thin line. */
export const aspectMax = 4;
/** Most that such a view distorts its picture. One of other proportions is letterboxed. */
export const distortionMax = 7 / 6;
/** Grey beside a picture that is letterboxed. */
const ground = 114;

/**
 * The view of a picture of this size, upright and with square pixels.
 *
 * In its own shape: the sides, multiples of 32, whose proportions are nearest to the picture's, of
 * at most as many pixels as the square and at least 90 % of them; of two as near, the one with more
 * pixels, and of these the evener one. It depends on nothing else, and a picture on its side gets
 * the same view on its side. A picture that would be distorted by more than a sixth, because
 * it is longer than 4 : 1 or the side is small, is letterboxed in it.
 *
 * @example
 * import { viewOf, type SourceContext } from 'lifelens/sources';
 *
 * const slotIn = ({ pool, viewSize }: SourceContext) =>
 *   pool.tryAcquire(640, 480, viewOf(viewSize, 640, 480));
 */
export function viewOf(plan: ViewPlan, width: number, height: number): ViewSize {
  if (!isOwnShape(plan)) return plan;
  let best: ViewCanvas | null = null;
  let least = Infinity;
  for (const canvas of ownCanvases(plan.side)) {
    const [across, down] = [canvas.width * height, canvas.height * width];
    const off = Math.max(across, down) / Math.min(across, down);
    if (off < least || (off === least && isFuller(canvas, best))) [best, least] = [canvas, off];
  }
  if (best === null) throw new RangeError(`expected a side in multiples of ${viewStep} pixels`);
  if (plan.letterbox !== undefined) return letterboxed(plan.letterbox, best);
  return least > distortionMax ? { ...best, fit: 'letterbox' } : best;
}

/** All views that pictures are given under a plan of this side, the bounded number of them. */
export function ownCanvases(side: number): readonly ViewCanvas[] {
  const canvases: ViewCanvas[] = [];
  const [least, most] = [(1 - lossMax) * side ** 2, side ** 2];
  for (let width = viewStep; width <= 2 * side; width += viewStep) {
    for (let height = viewStep; width * height <= most; height += viewStep) {
      const isLong = Math.max(width, height) > aspectMax * Math.min(width, height);
      if (isLong || width * height < least) continue;
      canvases.push({ width, height, fit: 'stretch', anchor: 'centre', ground });
    }
  }
  return canvases;
}

/** The square with as many pixels as the largest view, for what is asked by a side. */
export function squareOf(plan: ViewPlan): ViewSize {
  if (!isOwnShape(plan)) return plan;
  const { side, letterbox } = plan;
  if (letterbox === undefined) return side;
  return letterboxed(letterbox, { width: side, height: side });
}

/** Whether a view is one that a plan makes of some picture, or its square. */
export function isViewOf(plan: ViewPlan, view: ViewSize): boolean {
  if (isSameView(squareOf(plan), view)) return true;
  if (!isOwnShape(plan)) return false;
  const { width, height } = canvasOf(view);
  const canvas = ownCanvases(plan.side).find(
    (each) => each.width === width && each.height === height,
  );
  if (canvas === undefined) return false;
  const { letterbox } = plan;
  const made =
    letterbox === undefined
      ? [canvas, { ...canvas, fit: 'letterbox' as const }]
      : [letterboxed(letterbox, canvas)];
  return made.some((each) => isSameView(each, view));
}

/** Whether two plans make the same views. */
export function isSamePlan(a: ViewPlan, b: ViewPlan): boolean {
  if (isOwnShape(a)) return isOwnShape(b) && isSameView(squareOf(a), squareOf(b));
  return !isOwnShape(b) && isSameView(a, b);
}

/** A plan in words: `320 px in each picture’s own shape`, or as `describeView`. */
export function describePlan(plan: ViewPlan): string {
  return isOwnShape(plan) ? `${plan.side} px in each picture’s own shape` : describeView(plan);
}

function letterboxed(
  letterbox: NonNullable<OwnShape['letterbox']>,
  { width, height }: Pick<ViewCanvas, 'width' | 'height'>,
): ViewCanvas {
  return { width, height, fit: 'letterbox', ...letterbox };
}

function isOwnShape(plan: ViewPlan): plan is OwnShape {
  return typeof plan !== 'number' && 'shape' in plan;
}

/** Whether a canvas has more pixels, or as many in a more even shape. */
function isFuller(canvas: ViewCanvas, than: ViewCanvas | null): boolean {
  const [a, b] = [canvas, than].map((each) => (each === null ? 0 : each.width * each.height));
  if (a !== b || than === null) return a! > b!;
  return Math.max(canvas.width, canvas.height) < Math.max(than.width, than.height);
}
