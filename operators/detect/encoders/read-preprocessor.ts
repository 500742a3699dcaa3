import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { codeOf } from '../../foundation/errors/code-of.ts';
import { messageOf } from '../../foundation/errors/message-of.ts';
import { fileSize } from '../../foundation/files/file-size.ts';
import { EngineError } from '../engines/engine-error.ts';
import { type ChannelOrder, channelOrders } from './encoder-file.ts';

/** What a model's own settings say about its pictures; null where they say nothing. */
export interface SaidStyle {
  readonly size: number | null;
  readonly mean: readonly number[] | null;
  readonly std: readonly number[] | null;
  readonly order: ChannelOrder | null;
  /** Where it is said. */
  readonly from: string;
}

/** Name of the file that Hugging Face's exports put beside a model. */
const settingsName = 'preprocessor_config.json';
/** Largest such file, in bytes. */
export const settingsBytesMax = 2 ** 20;

const three = z.array(z.number()).length(3);
const side = z.union([
  z.int().positive(),
  z.looseObject({ height: z.int().positive(), width: z.int().positive() }),
  z.looseObject({ shortest_edge: z.int().positive() }),
]);
const settingsSchema = z.looseObject({
  size: side.optional(),
  crop_size: side.optional(),
  do_center_crop: z.boolean().optional(),
  do_normalize: z.boolean().optional(),
  do_rescale: z.boolean().optional(),
  rescale_factor: z.number().positive().optional(),
  image_mean: three.optional(),
  image_std: three.optional(),
});

/**
 * Reads how pictures are to be prepared: from the model's metadata, else from a
 * `preprocessor_config.json` beside it. Rejects with an {@link EngineError} `bad-model` where that
 * file is no such file.
 */
export async function readPreprocessor(
  path: string,
  metadata: ReadonlyMap<string, string>,
): Promise<SaidStyle> {
  return styleOfMetadata(metadata) ?? (await styleBeside(path)) ?? nothing;
}

const nothing: SaidStyle = { size: null, mean: null, std: null, order: null, from: '' };

function styleOfMetadata(metadata: ReadonlyMap<string, string>): SaidStyle | null {
  const lower = new Map([...metadata].map(([key, value]) => [key.toLowerCase(), value]));
  const first = (...keys: string[]) => keys.map((key) => lower.get(key)).find((v) => v != null);
  const [size] = numbersIn(first('image_size', 'input_size', 'imgsz', 'size')) ?? [];
  const mean = threeIn(first('image_mean', 'mean'));
  const std = threeIn(first('image_std', 'std'));
  const written = first('channel_order', 'color_order', 'color_space', 'order')?.toLowerCase();
  const order = channelOrders.find((each) => each === written) ?? null;
  if (size === undefined && mean === null && std === null && order === null) return null;
  return { size: size ?? null, mean, std, order, from: 'its metadata' };
}

async function styleBeside(path: string): Promise<SaidStyle | null> {
  const settings = join(dirname(path), settingsName);
  const wrong = (reason: string, cause: unknown) =>
    new EngineError('bad-model', `${settings}: ${reason}`, { cause });
  let text: string;
  try {
    if ((await fileSize(settings)) > settingsBytesMax)
      throw new Error(`it has more than ${settingsBytesMax} bytes`);
    text = await readFile(settings, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw wrong(messageOf(cause), cause);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw wrong('expected JSON', cause);
  }
  const parsed = settingsSchema.safeParse(json);
  if (!parsed.success) {
    const { path: place, message } = parsed.error.issues[0]!;
    throw wrong(`${place.join('.')}: ${message}`, parsed.error);
  }
  return styleOfSettings(parsed.data);
}

function styleOfSettings(settings: z.output<typeof settingsSchema>): SaidStyle {
  const { size, crop_size: cropSize, do_center_crop: isCropped = true } = settings;
  const side = sideOf(isCropped ? (cropSize ?? size) : size);
  const from = settingsName;
  // Bytes are multiplied by this factor first; means are of what results.
  const { do_rescale: isRescaled = true, rescale_factor: factor = 1 / 255 } = settings;
  const unit = isRescaled ? 1 / (255 * factor) : 1 / 255;
  const { do_normalize: isNormalised = true, image_mean: mean, image_std: std } = settings;
  const [zero, one] = [0, 1].map((value) => [value, value, value]);
  const means = isNormalised ? (mean ?? zero!) : zero!;
  const deviations = isNormalised ? (std ?? one!) : one!;
  return {
    size: side,
    mean: means.map((value) => value * unit),
    std: deviations.map((value) => value * unit),
    order: null,
    from,
  };
}

function sideOf(value: z.output<typeof side> | undefined): number | null {
  if (value === undefined || typeof value === 'number') return value ?? null;
  return ('height' in value ? value.height : value.shortest_edge) as number;
}

/** The numbers in a text such as `[0.5, 0.5, 0.5]` or `224`; null where there are none. */
function numbersIn(text: string | undefined): number[] | null {
  const found = text?.match(/-?\d+(?:\.\d+)?(?:e-?\d+)?/gi)?.map(Number);
  return found === undefined || found.length === 0 ? null : found;
}

function threeIn(text: string | undefined): number[] | null {
  const numbers = numbersIn(text);
  return numbers?.length === 3 ? numbers : null;
}
