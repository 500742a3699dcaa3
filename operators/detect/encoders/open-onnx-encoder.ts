import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { messageOf } from '../../foundation/errors/message-of.ts';
import { packFloat16, unpackFloat16 } from '../../foundation/numbers/float16.ts';
import type { OnnxSessions } from '../engines/onnx/onnx-sessions.ts';
import { badModel } from '../models/bad-model.ts';
import { readOnnxFile } from '../models/onnx/onnx-file.ts';
import type { EncoderFile } from './encoder-file.ts';
import type { EncoderInput } from './encoder-input.ts';
import type { EncoderResult } from './encoder-output.ts';
import { FileEncoder, type RunningEncoder } from './file-encoder.ts';

/** Opens an encoder in an ONNX file; see {@link FileEncoder.open}. */
export async function openOnnxEncoder(
  sessions: OnnxSessions,
  file: EncoderFile,
): Promise<FileEncoder> {
  const onnx = await readOnnxFile(file.path, 'encoder');
  return FileEncoder.open('onnx', onnx, file, async () => {
    const session = await sessions.open(file.path).catch((cause: unknown) => {
      throw badModel(onnx, `the runtime can't open it: ${messageOf(cause)}`, cause);
    });
    return new OnnxRunningEncoder(sessions, session);
  });
}

/** An encoder in a session of its own. */
class OnnxRunningEncoder implements RunningEncoder {
  readonly #sessions: OnnxSessions;
  readonly #session: InferenceSession;

  constructor(sessions: OnnxSessions, session: InferenceSession) {
    this.#sessions = sessions;
    this.#session = session;
  }

  async run(
    { name: inputName, type }: EncoderInput,
    values: Float32Array,
    shape: readonly number[],
  ): Promise<readonly EncoderResult[]> {
    const { Tensor } = this.#sessions.runtime;
    const tensor =
      type === 'float16'
        ? new Tensor('float16', packFloat16(values), shape)
        : type === 'uint8'
          ? new Tensor('uint8', Uint8Array.from(values), shape)
          : new Tensor('float32', values, shape);
    const outputs = await this.#session.run({ [inputName]: tensor });
    return Object.entries(outputs).flatMap(([name, output]) => {
      const floats = floatsIn(output);
      return floats === null ? [] : { name, shape: output.dims, values: floats };
    });
  }

  close(): Promise<void> {
    return this.#session.release();
  }
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
