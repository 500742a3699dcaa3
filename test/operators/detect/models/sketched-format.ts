import type { DetectorFormat } from '../../../../operators/detect/models/detector-file.ts';
import type { SketchedGraph } from './graph-model-sketch.ts';
import type { FoundBox, ModelSketch, SketchInput } from './model-sketch.ts';

/** A detector that is generated for tests, in one layout of a format. */
export interface SketchedFormat {
  readonly name: string;
  readonly format: DetectorFormat;
  /** The view that is to be made for it. */
  readonly fit: 'stretch' | 'letterbox';
  readonly anchor?: 'centre' | 'corner';
  readonly input: SketchInput;
  /** Classes, of which the object has the third; the graph may not tell how many. */
  readonly classes: number;
  /** Whether names have to be said, since the outputs do not tell the number of classes. */
  readonly isListed?: boolean;
  /** The score of the object, and its objectness where that is another. */
  readonly score: number;
  readonly objectness?: number;
  /** Adds the outputs. */
  readonly build: (sketch: ModelSketch, box: FoundBox) => void;
  /** Adds what only graphs of TensorFlow have. */
  readonly edit?: (model: SketchedGraph) => SketchedGraph;
}

const unit = [1 / 255, 1 / 255, 1 / 255] as const;
export const none = [0, 0, 0] as const;
export const rgbUnit: SketchInput = { type: 'float32', colour: 'rgb', scale: unit, offset: none };
const mean = [0.485, 0.456, 0.406] as const;
const std = [0.229, 0.224, 0.225] as const;
export const imageNet: SketchInput = {
  ...rgbUnit,
  scale: [1 / 255 / std[0], 1 / 255 / std[1], 1 / 255 / std[2]],
  offset: [-mean[0] / std[0], -mean[1] / std[1], -mean[2] / std[2]],
};
export const bytes: SketchInput = { type: 'uint8', colour: 'rgb', scale: [1, 1, 1], offset: none };
