import { badModel } from './bad-model.ts';
import { targetSizes } from './formats/list-formats.ts';
import type { ModelFacts } from './model-ports.ts';

/** Types of numbers that a model may take a picture as. */
const pictureTypes = ['float32', 'float16', 'uint8'] as const;

/** Where a model takes its picture. */
export interface PictureInput {
  readonly name: string;
  readonly type: (typeof pictureTypes)[number];
  readonly channelsLast: boolean;
  /** Null where the size is free. */
  readonly width: number | null;
  readonly height: number | null;
}

/** Finds the input for the picture. Throws an `EngineError` `bad-model` if there is none. */
export function pictureInputOf(facts: ModelFacts): PictureInput {
  const others = facts.inputs.filter(({ name }) => name !== targetSizes);
  const [input] = others;
  const unknown = others.length > 1 ? `, and not also ${others[1]!.name}` : '';
  if (input === undefined || unknown !== '' || input.shape.length !== 4) {
    throw badModel(facts, `expected one input of four dimensions, a picture${unknown}`);
  }
  const [batch, a, b, c] = input.shape;
  if (batch !== 1 && batch !== null)
    throw badModel(facts, `expected a batch of 1 or of any size, not of ${batch}`);
  const channelsLast = c === 3 && a !== 3;
  if (!channelsLast && a !== 3)
    throw badModel(facts, 'expected an input of three channels, [1, 3, H, W] or [1, H, W, 3]');
  const type = pictureTypes.find((each) => each === input.type);
  if (type === undefined)
    throw badModel(facts, `expected an input of float32, float16 or uint8, not ${input.type}`);
  const [height, width] = channelsLast ? [a, b] : [b, c];
  return { name: input.name, type, channelsLast, width: width ?? null, height: height ?? null };
}
