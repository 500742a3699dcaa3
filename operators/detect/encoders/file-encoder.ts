import { createHash } from 'node:crypto';
import { messageOf } from '../../foundation/errors/message-of.ts';
import { type EmbeddingLayout, vectorLayout } from '../engines/embedding-layout.ts';
import type { EngineName } from '../engines/engine-choice.ts';
import type { CropEncoder } from '../engines/engine.ts';
import { checkBytes } from '../engines/peaks.ts';
import { badModel } from '../models/bad-model.ts';
import type { ModelFile } from '../models/open-detector.ts';
import type { EncoderFile } from './encoder-file.ts';
import { type EncoderInput, readInput } from './encoder-input.ts';
import { chooseOutput, type EncoderResult, type VectorReading } from './encoder-output.ts';
import { chooseStyle, type EncoderStyle } from './encoder-style.ts';
import { readPreprocessor } from './read-preprocessor.ts';

/** Pictures of one run, where the model takes any number. */
const batchMax = 16;

/** An encoder's model on some runtime. */
export interface RunningEncoder {
  /** Runs it on an input of this shape, and gives its outputs of floats. */
  run(
    input: EncoderInput,
    values: Float32Array,
    shape: readonly number[],
  ): Promise<readonly EncoderResult[]>;
  close(): Promise<void>;
}

/** How pictures are put into the model and vectors are read from it. */
interface Reading {
  readonly input: EncoderInput;
  readonly style: EncoderStyle;
  readonly vectors: VectorReading;
}

/**
 * An encoder of the user on any runtime: CLIP's picture part, DINO, a MobileNet, and whatever else
 * turns a picture into a vector.
 *
 * The picture goes in as [N, 3, S, S] or [N, S, S, 3], in float32, float16 or uint8. The vector is
 * an output [N, D], the means of [N, D, H, W], or the class token, else the mean, of [N, T, D].
 * Each vector is scaled so that the mean of its squares is 1: a common length, as cosines compare
 * them, of values as large as the built-in encoder's.
 */
export class FileEncoder implements CropEncoder {
  readonly id: string;
  readonly cropSize: number;
  readonly embedding: EmbeddingLayout;
  /** One line for the log. */
  readonly text: string;
  readonly #model: RunningEncoder;
  readonly #reading: Reading;

  /**
   * Opens a model that was read from a file. Rejects with an `EngineError` `bad-model` that prints
   * its inputs and outputs where it is not understood, or gives no vectors of finite values that
   * differ between pictures.
   *
   * @param open Opens it on its runtime; its errors are rejected with.
   */
  static async open(
    runtime: EngineName,
    model: ModelFile,
    file: EncoderFile,
    open: () => Promise<RunningEncoder>,
  ): Promise<FileEncoder> {
    const input = understood(model, readInput(model));
    const said = await readPreprocessor(file.path, model.metadata);
    const names = model.outputs.map(({ name }) => name);
    const style = understood(model, chooseStyle(file, input, said, names));
    const running = await open();
    try {
      const vectors = await tryOut(running, model, { input, style, file });
      return new FileEncoder(runtime, model, running, { input, style, vectors });
    } catch (error) {
      await running.close();
      throw error;
    }
  }

  private constructor(
    runtime: EngineName,
    { hash, label }: ModelFile,
    model: RunningEncoder,
    reading: Reading,
  ) {
    const { style, vectors } = reading;
    const { size, scale, offset, channels } = style;
    const settings = JSON.stringify([size, scale, offset, channels, vectors.text]);
    const mark = createHash('sha256').update(`${hash} ${settings}`).digest('hex').slice(0, 8);
    this.id = `${runtime} ${hash} ${mark}`;
    this.cropSize = size;
    this.embedding = vectorLayout(vectors.length);
    this.text = `encoder ${label}: ${style.text}; ${vectors.length} values of ${vectors.text}`;
    this.#model = model;
    this.#reading = reading;
  }

  async encode(crops: Uint8Array, count: number): Promise<Float32Array> {
    const { input, style, vectors } = this.#reading;
    const bytes = style.size * style.size * 3;
    checkBytes(crops, count * bytes);
    const batch = input.batch ?? batchMax;
    const encoded = new Float32Array(count * vectors.length);
    for (let first = 0; first < count; first += batch) {
      const taken = Math.min(batch, count - first);
      const pixels = crops.subarray(first * bytes, (first + taken) * bytes);
      const results = await runOn(this.#model, pixels, taken, this.#reading);
      const result = results.find(({ name }) => name === vectors.output)!;
      encoded.set(scaled(vectors.read(result, taken), vectors.length), first * vectors.length);
    }
    return encoded;
  }

  close(): Promise<void> {
    return this.#model.close();
  }
}

function understood<T extends object>(model: ModelFile, value: T | string): T {
  if (typeof value === 'string') throw badModel(model, value);
  return value;
}

/** Runs the model on two pictures, and finds the output that tells them apart. */
async function tryOut(
  running: RunningEncoder,
  model: ModelFile,
  { input, style, file }: Omit<Reading, 'vectors'> & { readonly file: EncoderFile },
): Promise<VectorReading> {
  const { size } = style;
  const grey = new Uint8Array(size * size * 3).fill(128);
  // A coarse pattern of all colours.
  const pattern = grey.map((_, i) => ((i % 3) + 1) * (Math.floor(i / 3 / (size / 4)) % 5) * 17);
  const results: (readonly EncoderResult[])[] = [];
  for (const picture of [grey, pattern]) {
    const run = runOn(running, picture, 1, { input, style });
    results.push(
      await run.catch((cause: unknown) => {
        const reason = `it fails on a picture of ${size} pixels: ${messageOf(cause)}`;
        throw badModel(model, reason, cause);
      }),
    );
  }
  const [ofGrey, ofPattern] = results as [readonly EncoderResult[], readonly EncoderResult[]];
  const vectors = understood(model, chooseOutput(ofGrey, file.output, input.channelsLast));
  const [a, b] = [ofGrey, ofPattern].map((each) =>
    vectors.read(
      each.find(({ name }) => name === vectors.output)!,
      1,
    ),
  ) as [Float32Array, Float32Array];
  if (![...a, ...b].every(Number.isFinite)) {
    throw badModel(model, `its output ${vectors.output} holds values that are not finite`);
  }
  if (a.every((value, i) => value === b[i])) {
    throw badModel(model, `its output ${vectors.output} is the same for different pictures`);
  }
  return vectors;
}

/** Runs the model on `count` pictures. */
function runOn(
  model: RunningEncoder,
  pixels: Uint8Array,
  count: number,
  { input, style }: Omit<Reading, 'vectors'>,
): Promise<readonly EncoderResult[]> {
  const { size } = style;
  const rows = input.batch ?? count;
  const shape = input.channelsLast ? [rows, size, size, 3] : [rows, 3, size, size];
  return model.run(input, prepare(pixels, count, rows, input, style), shape);
}

/** Bytes of pictures as the model wants them; rows beyond `count` stay 0. */
function prepare(
  pixels: Uint8Array,
  count: number,
  rows: number,
  { channelsLast }: EncoderInput,
  { size, scale, offset, channels }: EncoderStyle,
): Float32Array {
  const places = size * size;
  const values = new Float32Array(rows * places * 3);
  const [perPlace, perChannel] = channelsLast ? [3, 1] : [1, places];
  for (let row = 0; row < count; row++) {
    const start = row * places * 3;
    for (const [k, channel] of channels.entries()) {
      const [factor, shift] = [scale[k]!, offset[k]!];
      let from = start + channel;
      let to = start + k * perChannel;
      for (let place = 0; place < places; place++, from += 3, to += perPlace) {
        values[to] = pixels[from]! * factor + shift;
      }
    }
  }
  return values;
}

/** Scales every vector so that the mean of its squares is 1, in place; zeros stay. */
function scaled(vectors: Float32Array, length: number): Float32Array {
  for (let start = 0; start < vectors.length; start += length) {
    let squares = 0;
    for (let i = start; i < start + length; i++) squares += vectors[i]! ** 2;
    if (squares === 0) continue;
    const factor = Math.sqrt(length / squares);
    for (let i = start; i < start + length; i++) vectors[i] = vectors[i]! * factor;
  }
  return vectors;
}
