import type { ModelFacts, ModelPort } from '../models/model-ports.ts';

/** Types of numbers that an encoder's input may have. */
const inputTypes = ['float32', 'float16', 'uint8'] as const;
type InputType = (typeof inputTypes)[number];

/** How an encoder takes pictures. */
export interface EncoderInput {
  readonly name: string;
  readonly type: InputType;
  /** Whether red, green and blue of a pixel lie together. */
  readonly channelsLast: boolean;
  /** Side of the square picture; null where any is taken. */
  readonly size: number | null;
  /** Pictures of one run; null where any number is taken. */
  readonly batch: number | null;
}

/** How the model takes pictures, or what is wrong with its inputs, in words. */
export function readInput({ inputs }: Pick<ModelFacts, 'inputs'>): EncoderInput | string {
  const [port, ...others] = inputs;
  if (port === undefined) return 'expected an input for pictures';
  if (others.length > 0) {
    return 'expected one input, for pictures: export the part that encodes pictures alone';
  }
  const type = inputTypes.find((each) => each === port.type);
  if (type === undefined) return `expected an input of ${inputTypes.join(', ')}`;
  return readShape(port, type);
}

function readShape({ name, shape }: ModelPort, type: InputType): EncoderInput | string {
  const expected = 'expected an input of [N, 3, S, S] or [N, S, S, 3]';
  if (shape.length !== 4) return expected;
  const [batch = null] = shape;
  const channelsLast = shape[3] === 3 && shape[1] !== 3;
  if (!channelsLast && shape[1] !== 3 && shape[1] !== null) return expected;
  const [height = null, width = null] = channelsLast ? shape.slice(1, 3) : shape.slice(2);
  if (height !== null && width !== null && height !== width) return `${expected}, a square`;
  return { name, type, channelsLast, size: height ?? width, batch };
}
