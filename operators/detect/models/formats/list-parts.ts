import type { ModelOutput } from '../model-ports.ts';
import { listOf, tableOf } from './reading.ts';

/** The outputs of a detector that returns a list in parts. */
export interface ListParts {
  readonly boxes: ModelOutput;
  readonly scores: ModelOutput;
  readonly classes: ModelOutput;
  /** How many rows count, in the first value. */
  readonly number?: ModelOutput;
}

/**
 * Boxes, scores, classes and number of YOLOv5's export for TensorFlow.js, which names them in this
 * order and nothing else; null for others.
 */
export function orderedParts(outputs: readonly ModelOutput[]): ListParts | null {
  const [boxes, scores, classes, number] = ['', '_1', '_2', '_3'].map((end) =>
    outputs.find(({ name }) => name === `Identity${end}`),
  );
  if (outputs.length !== 4 || !boxes || !scores || !classes || !number) return null;
  const [rows, width] = tableOf(boxes) ?? [0, 0];
  const isList = listOf(scores) === rows && listOf(classes) === rows;
  return width === 4 && isList && number.values.length === 1
    ? { boxes, scores, classes, number }
    : null;
}
