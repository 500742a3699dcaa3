/** An output of an encoder for some pictures, as floats. */
export interface EncoderResult {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** How vectors are read from one output. */
export interface VectorReading {
  readonly output: string;
  /** Values of a vector. */
  readonly length: number;
  /** In words. */
  readonly text: string;
  /** The vectors of the first `count` pictures: count × length. */
  readonly read: (result: EncoderResult, count: number) => Float32Array;
}

/** Most values of a vector. */
export const vectorLengthMax = 4096;
/** A vector of fewer values tells little; such an output is something else. */
const vectorLengthMin = 8;

/** Outputs that are vectors by their name, the best first. */
const vectorNames = [
  'image_embeds',
  'image_embedding',
  'image_embeddings',
  'image_features',
  'pooler_output',
  'pooled_output',
  'embedding',
  'embeddings',
  'feature',
  'features',
  'last_hidden_state',
];
/** Learned tokens besides those of patches: a class token, or with it four or eight registers. */
const otherTokens = [1, 5, 9];

/**
 * How vectors are to be read from the outputs for one picture: from the one of this name, else from
 * the one whose name or shape tells. Text in place of a reading says what is wrong.
 */
export function chooseOutput(
  results: readonly EncoderResult[],
  name: string | null,
  channelsLast: boolean,
): VectorReading | string {
  if (name !== null) {
    const result = results.find((each) => each.name === name);
    if (result === undefined) return `it has no output ${name}`;
    return readingOf(result, channelsLast) ?? `its output ${name} holds no vectors`;
  }
  const readings = results.flatMap((result) => readingOf(result, channelsLast) ?? []);
  const named = vectorNames.flatMap((each) => readings.find(({ output }) => output === each) ?? []);
  const [best] = named;
  if (best !== undefined) return best;
  if (readings.length === 1) return readings[0]!;
  return readings.length === 0
    ? 'expected an output of vectors: [N, D], [N, D, 1, 1] or [N, tokens, D]'
    : 'several of its outputs could be vectors: say which as detect.encoderOptions.output';
}

function readingOf({ name, shape }: EncoderResult, channelsLast: boolean): VectorReading | null {
  if (shape[0] === undefined || shape[0] < 1) return null;
  const inner = shape.slice(1);
  const isMapFirst = inner.length === 3 && channelOf(inner, channelsLast) === 0;
  const length = inner[isMapFirst ? 0 : inner.length - 1];
  if (length === undefined || length < vectorLengthMin || length > vectorLengthMax) return null;
  const reading = { output: name, length };
  if (inner.length === 1) {
    return { ...reading, text: name, read: ({ values }, count) => values.slice(0, count * length) };
  }
  if (inner.length === 2) {
    const tokens = inner[0]!;
    const isClass = otherTokens.some((others) => isSquare(tokens - others));
    return isClass
      ? { ...reading, text: `${name}, class token`, read: firstTokens(tokens, length) }
      : { ...reading, text: `${name}, mean of tokens`, read: means(tokens, length, true) };
  }
  if (inner.length === 3) {
    const places = inner.reduce((product, side) => product * side, 1) / length;
    const text = places === 1 ? name : `${name}, mean of places`;
    return { ...reading, text, read: means(places, length, !isMapFirst) };
  }
  return null;
}

/**
 * The channel dimension of a map, 0 or 2: its places are square; of a cube, as the input has it.
 */
function channelOf([first, middle, last]: readonly number[], channelsLast: boolean): 0 | 2 {
  if (first === last) return channelsLast ? 2 : 0;
  if (middle === last) return 0;
  return first === middle || channelsLast ? 2 : 0;
}

function isSquare(value: number): boolean {
  return value > 1 && Number.isInteger(Math.sqrt(value));
}

function firstTokens(tokens: number, length: number): VectorReading['read'] {
  return ({ values }, count) => {
    const vectors = new Float32Array(count * length);
    for (let i = 0; i < count; i++) {
      const start = i * tokens * length;
      vectors.set(values.subarray(start, start + length), i * length);
    }
    return vectors;
  };
}

/** Means over places, whose values lie together, or whose channels' values do. */
function means(places: number, length: number, valuesTogether: boolean): VectorReading['read'] {
  const [perPlace, perValue] = valuesTogether ? [length, 1] : [1, places];
  return ({ values }, count) => {
    const vectors = new Float32Array(count * length);
    for (let i = 0; i < count; i++) {
      const start = i * places * length;
      for (let k = 0; k < length; k++) {
        let sum = 0;
        for (let place = 0; place < places; place++) {
          sum += values[start + place * perPlace + k * perValue]!;
        }
        vectors[i * length + k] = sum / places;
      }
    }
    return vectors;
  };
}
