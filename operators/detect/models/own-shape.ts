import {
  ownCanvases,
  squareOf,
  viewOf,
  viewStep,
  type OwnShape,
} from '../../ingest/frames/view-plan.ts';
import { canvasOf, isSameView } from '../../ingest/frames/view-size.ts';
import type { DetectorFormat } from './detector-file.ts';
import type { Reading } from './formats/reading.ts';
import type { InputSize } from './input-size.ts';
import type { ModelFacts } from './model-ports.ts';
import type { PictureInput } from './picture-input.ts';

/** Formats with a row for each cell of a grid: what they return shows how it is read. */
const onGrids: readonly DetectorFormat[] = ['yolox', 'yolov5', 'yolov8'];

/**
 * The views in nearly each picture's own shape, of as many pixels as this size, for a model of any
 * width and height; null where something speaks against them: it has one size, is trained on
 * stretched pictures, its metadata says a rectangle or another stride, or its rows lie on no grid.
 */
export function ownShapeOf(
  { inputs, metadata }: ModelFacts,
  input: PictureInput,
  { width, height }: InputSize,
  { format, style }: Pick<Reading, 'format' | 'style'>,
): OwnShape | null {
  const isFree = input.width === null && input.height === null && inputs.length === 1;
  if (!isFree || style.fit !== 'letterbox' || !onGrids.includes(format)) return null;
  const stride = Number(metadata.get('stride') ?? viewStep);
  if (width !== height || width % viewStep !== 0 || viewStep % stride !== 0) return null;
  const letterbox = { anchor: style.anchor, ground: style.ground };
  const plan: OwnShape = { shape: 'own', side: width, letterbox };
  // A small side has no canvas of another shape.
  return isSameView(viewOf(plan, 16, 9), squareOf(plan)) ? null : plan;
}

/**
 * The sizes at which a model shows whether it takes all views of a plan: that of a wide picture,
 * and one whose sides are odd multiples of 32, which fails where the model has a stride of 64 that
 * its metadata does not say.
 */
export function tellingSizes(plan: OwnShape): readonly InputSize[] {
  const isOdd = (side: number): boolean => side % (2 * viewStep) !== 0;
  const odd = ownCanvases(plan.side).find(({ width, height }) => isOdd(width) && isOdd(height));
  const wide = canvasOf(viewOf(plan, 16, 9));
  return odd === undefined ? [wide] : [wide, odd];
}
