import { createHash } from 'node:crypto';
import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { messageOf } from '../../foundation/errors/message-of.ts';
import { packFloat16, unpackFloat16 } from '../../foundation/numbers/float16.ts';
import { type EmbeddingLayout, vectorLayout } from '../engines/embedding-layout.ts';
import type { CropEncoder } from '../engines/engine.ts';
import type { OnnxSessions } from '../engines/onnx/onnx-sessions.ts';
import { checkBytes } from '../engines/peaks.ts';
import { badModel } from '../models/bad-model.ts';
import { type OnnxFile, readOnnxFile } from '../models/onnx/onnx-file.ts';
import type { EncoderFile } from './encoder-file.ts';
import { type EncoderInput, readInput } from './encoder-input.ts';
import { chooseOutput, type EncoderResult, type VectorReading } from './encoder-output.ts';
import { chooseStyle, type EncoderStyle } from './encoder-style.ts';
import { readPreprocessor } from './read-preprocessor.ts';

/** Pictures of one run, where the model takes any number. */
const batchMax = 16;

/** How pictures are put into the model and vectors are read from it. */
interface Reading {
  readonly input: EncoderInput;
  readonly style: EncoderStyle;
  readonly vectors: VectorReading;
}

/**
 * An encoder of the user in an ONNX file: CLIP's picture part, DINO, a MobileNet, and whatever else
 * turns a picture into a vector.
 *
 * The picture goes in as [N, 3, S, S] or [N, S, S, 3], in float32, float16 or uint8. The vector is
 * an output [N, D], the means of [N, D, H, W], or the class token, else the mean, of [N, T, D].
 * Each vector is scaled so that the mean of its squares is 1: a common length, as cosines compare
 * them, of values as large as the built-in encoder's.
 */
export class OnnxFileEncoder implements CropEncoder {
  readonly id: string;
  readonly cropSize: number;
  readonly embedding: EmbeddingLayout;
  /** One line for the log. */
  readonly text: string;
  readonly #sessions: OnnxSessions;
  readonly #session: InferenceSession;
  readonly #reading: Reading;

  /**
   * Opens a file. Rejects with an `EngineError` `bad-model` that prints its inputs and outputs
   * where it is not understood, or gives no vectors of finite values that differ between pictures.
   */
  static async open(sessions: OnnxSessions, file: EncoderFile): Promise<OnnxFileEncoder> {
    const onnx = await readOnnxFile(file.path, 'encoder');
    const input = understood(onnx, readInput(onnx));
    const said = await readPreprocessor(file.path, onnx.metadata);
    const names = onnx.outputs.map(({ name }) => name);
    const style = understood(onnx, chooseStyle(file, input, said, names));
    const session = await sessions.open(file.path).catch((cause: unknown) => {
      throw badModel(onnx, `the runtime can't open it: ${messageOf(cause)}`, cause);
    });
    try {
      const vectors = await tryOut(sessions, session, onnx, { input, style, file });
      return new OnnxFileEncoder(sessions, session, onnx, { input, style, vectors });
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  private constructor(
    sessions: OnnxSessions,
    session: InferenceSession,
    { hash, label }: OnnxFile,
    reading: Reading,
  ) {
    const { style, vectors } = reading;
    const { size, scale, offset, channels } = style;
    const settings = JSON.stringify([size, scale, offset, channels, vectors.text]);
    const mark = createHash('sha256').update(`${hash} ${settings}`).digest('hex').slice(0, 8);
    this.id = `onnx ${hash} ${mark}`;
    this.cropSize = size;
    this.embedding = vectorLayout(vectors.length);
    this.text = `encoder ${label}: ${style.text}; ${vectors.length} values of ${vectors.text}`;
    this.#sessions = sessions;
    this.#session = session;
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
      const results = await runOn(this.#sessions, this.#session, pixels, taken, this.#reading);
      const result = results.find(({ name }) => name === vectors.output)!;
      encoded.set(scaled(vectors.read(result, taken), vectors.length), first * vectors.length);
    }
    return encoded;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

function understood<T extends object>(onnx: OnnxFile, value: T | string): T {
  if (typeof value === 'string') throw badModel(onnx, value);
  return value;
}

/** Runs the model on two pictures, and finds the output that tells them apart. */
async function tryOut(
  sessions: OnnxSessions,
  session: InferenceSession,
  onnx: OnnxFile,
  { input, style, file }: Omit<Reading, 'vectors'> & { readonly file: EncoderFile },
): Promise<VectorReading> {
  const { size } = style;
  const grey = new Uint8Array(size * size * 3).fill(128);
  // A coarse pattern of all colours.
  const pattern = grey.map((_, i) => ((i % 3) + 1) * (Math.floor(i / 3 / (size / 4)) % 5) * 17);
  const results: EncoderResult[][] = [];
  for (const picture of [grey, pattern]) {
    const run = runOn(sessions, session, picture, 1, { input, style });
    results.push(
      await run.catch((cause: unknown) => {
        throw badModel(onnx, `it fails on a picture of ${size} pixels: ${messageOf(cause)}`, cause);
      }),
    );
  }
  const [ofGrey, ofPattern] = results as [EncoderResult[], EncoderResult[]];
  const vectors = understood(onnx, chooseOutput(ofGrey, file.output, input.channelsLast));
  const [a, b] = [ofGrey, ofPattern].map((each) =>
    vectors.read(
      each.find(({ name }) => name === vectors.output)!,
      1,
    ),
  ) as [Float32Array, Float32Array];
  if (![...a, ...b].every(Number.isFinite)) {
    throw badModel(onnx, `its output ${vectors.output} holds values that are not finite`);
  }
  if (a.every((value, i) => value === b[i])) {
    throw badModel(onnx, `its output ${vectors.output} is the same for different pictures`);
  }
  return vectors;
}

/** Runs the model on `count` pictures, and gives its outputs of floats. */
async function runOn(
  { runtime }: OnnxSessions,
  session: InferenceSession,
  pixels: Uint8Array,
  count: number,
  { input, style }: Omit<Reading, 'vectors'>,
): Promise<EncoderResult[]> {
  const { size } = style;
  const rows = input.batch ?? count;
  const shape = input.channelsLast ? [rows, size, size, 3] : [rows, 3, size, size];
  const values = prepare(pixels, count, rows, input, style);
  const tensor =
    input.type === 'float16'
      ? new runtime.Tensor('float16', packFloat16(values), shape)
      : input.type === 'uint8'
        ? new runtime.Tensor('uint8', Uint8Array.from(values), shape)
        : new runtime.Tensor('float32', values, shape);
  const outputs = await session.run({ [input.name]: tensor });
  return Object.entries(outputs).flatMap(([name, output]) => {
    const floats = floatsIn(output);
    return floats === null ? [] : { name, shape: output.dims, values: floats };
  });
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

/** The values of a tensor of floats; null for others. */
function floatsIn({ type, data }: Tensor): Float32Array | null {
  if (data instanceof Float32Array) return data;
  if (type !== 'float16') return null;
  // Later versions of Node have arrays of their own for these.
  return data instanceof Uint16Array
    ? unpackFloat16(data)
    : Float32Array.from(data as ArrayLike<number>);
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
