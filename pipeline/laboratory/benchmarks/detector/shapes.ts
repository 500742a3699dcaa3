import { viewOf } from '../../../../operators/ingest/frames/view-plan.ts';
import { canvasOf, type ViewCanvas } from '../../../../operators/ingest/frames/view-size.ts';

/** How pictures are laid onto a view of as many pixels as a square. */
export const shapes = {
  /** The whole square. */
  square: (side: number): ViewCanvas => canvas(side, side, 'stretch'),
  letterbox: (side: number): ViewCanvas => canvas(side, side, 'letterbox'),
  /** A canvas of nearly the picture's proportions, as the product does. */
  own: (side: number, width: number, height: number): ViewCanvas =>
    canvasOf(viewOf({ shape: 'own', side }, width, height)),
} as const;

export type Shape = keyof typeof shapes;

function canvas(width: number, height: number, fit: ViewCanvas['fit']): ViewCanvas {
  return { width, height, fit, anchor: 'centre', ground: 114 };
}
