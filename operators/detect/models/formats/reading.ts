import type { CandidateRows } from '../candidates/candidate-rows.ts';
import type { InputStyle } from '../input-style.ts';
import type { ModelFacts, ModelOutput } from '../model-ports.ts';
import type { ClassNumbers } from '../names/class-map.ts';
import type { DetectorFormat } from '../detector-file.ts';

/** What is known when a format looks at a model: its file, and its outputs for a grey picture. */
export interface Evidence {
  readonly facts: ModelFacts;
  readonly outputs: readonly ModelOutput[];
  /** Size of the input in pixels. */
  readonly width: number;
  readonly height: number;
  /** Whether the input has its channels last. */
  readonly channelsLast: boolean;
  /** Type of the input: `float32`, `float16` or `uint8`. */
  readonly inputType: string;
  /** Whether the format was said, so that less evidence is enough. */
  readonly isSaid: boolean;
}

/** One way to read a model. */
export interface Reading {
  readonly format: DetectorFormat;
  /** The layout in words, which tells readings of a format apart. */
  readonly layout: string;
  readonly style: InputStyle;
  readonly classes: ClassNumbers;
  /** IoU above which boxes of a class are one object; null where the model sees to that itself. */
  readonly maxOverlap: number | null;
  /**
   * The candidates in the outputs for a picture. `numbers` holds the model's number of each class:
   * a column of scores, or an id.
   */
  readonly rows: (outputs: readonly ModelOutput[], numbers: Int32Array) => CandidateRows;
}

/** The ways in which a format can read a model, usually none or one. */
export type FormatReader = (evidence: Evidence) => readonly Reading[];

/** The output of this name for a picture. */
export function outputOf(outputs: readonly ModelOutput[], name: string): ModelOutput {
  const output = outputs.find((each) => each.name === name);
  if (output === undefined) throw new Error(`the model returned no output ${name}`);
  return output;
}

/** Rows and columns of an output `[1, rows, columns]`; null for others. */
export function tableOf({ shape }: ModelOutput): readonly [number, number] | null {
  return shape.length === 3 && shape[0] === 1 ? [shape[1]!, shape[2]!] : null;
}

/** Values of an output that is a list of one value per row, `[1, N]` or `[N]`; null for others. */
export function listOf({ shape }: ModelOutput): number | null {
  const inner = shape.length === 2 && shape[0] === 1 ? shape.slice(1) : shape;
  return inner.length === 1 ? inner[0]! : null;
}

/** The class of each number that a model gives, from the number of each class. */
export function classByNumber(numbers: Int32Array): Int32Array {
  const classes = new Int32Array(numbers.reduce((most, n) => Math.max(most, n), -1) + 1).fill(-1);
  for (const [k, number] of numbers.entries()) classes[number] = k;
  return classes;
}
