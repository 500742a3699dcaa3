import type { EncoderFile } from './encoder-file.ts';
import type { EncoderInput } from './encoder-input.ts';
import type { SaidStyle } from './read-preprocessor.ts';

/** How pictures are prepared for an encoder. */
export interface EncoderStyle {
  readonly size: number;
  /** Per channel in the model's order: a byte × scale + offset. */
  readonly scale: readonly number[];
  readonly offset: readonly number[];
  /** Which of red, green and blue each channel of the model is. */
  readonly channels: readonly [number, number, number];
  /** In words, with where it comes from. */
  readonly text: string;
}

interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly from: string;
}

const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
/** Of OpenAI's CLIP, and of most that followed it. */
const clip = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};
const plain = { mean: [0, 0, 0], std: [1, 1, 1] };
const bytesAsTheyAre = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] };

/** Side of a picture where neither the model nor anything else tells. */
const usualSize = 224;
/** Sides that an encoder may have, in pixels. */
export const encoderSizes = { least: 16, most: 1024 } as const;

/**
 * How pictures are prepared: as the user says, else as the model's own settings say, else as the
 * family of the model is, or ImageNet's values; bytes stay bytes for an input of uint8. Text in
 * place of a style says what is wrong.
 */
export function chooseStyle(
  file: EncoderFile,
  input: EncoderInput,
  said: SaidStyle,
  outputs: readonly string[],
): EncoderStyle | string {
  const size = file.size ?? input.size ?? said.size ?? usualSize;
  if (input.size !== null && size !== input.size) {
    return `its input is ${input.size} pixels wide, not ${size} as encoderOptions.size says`;
  }
  if (!Number.isInteger(size) || size < encoderSizes.least || size > encoderSizes.most) {
    return `expected an input of ${encoderSizes.least} to ${encoderSizes.most} pixels, not ${size}`;
  }
  if (input.type === 'uint8' && (file.mean !== null || file.std !== null)) {
    return 'its input takes bytes as they are: leave out encoderOptions.mean and encoderOptions.std';
  }
  const { mean, std, from } = normalisationOf(file, input, said, outputs);
  if ([...mean, ...std].some((value) => !Number.isFinite(value)) || std.some((v) => v <= 0)) {
    return 'expected finite means and deviations above 0';
  }
  const order = file.order ?? said.order ?? 'rgb';
  const channels = order === 'rgb' ? ([0, 1, 2] as const) : ([2, 1, 0] as const);
  // Means of 127.5 are of bytes, those of 0.5 of their share of 255.
  const unit = [...mean, ...std].some((value) => value > 1) ? 1 : 255;
  return {
    size,
    scale: channels.map((channel) => 1 / (unit * std[channel]!)),
    offset: channels.map((channel) => -mean[channel]! / std[channel]!),
    channels,
    text: `${size} pixels, ${order}, ${from}`,
  };
}

function normalisationOf(
  file: EncoderFile,
  { type }: EncoderInput,
  said: SaidStyle,
  outputs: readonly string[],
): Normalisation {
  // Means that are written beside it are of the floats that the model makes of the bytes itself.
  if (type === 'uint8') return { ...bytesAsTheyAre, from: 'bytes as they are' };
  const mean = file.mean ?? said.mean;
  const std = file.std ?? said.std;
  if (mean !== null || std !== null) {
    const from = file.mean !== null || file.std !== null ? 'the configuration' : said.from;
    return { mean: mean ?? plain.mean, std: std ?? plain.std, from: `normalised as ${from} says` };
  }
  if (outputs.some((name) => /^image_(embeds|embedding|features)$/.test(name))) {
    return { ...clip, from: "normalised as CLIP's" };
  }
  const from = "normalised as ImageNet's, since nothing says how: see detect.encoderOptions";
  return { ...imageNet, from };
}
