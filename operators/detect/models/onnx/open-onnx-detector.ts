import { createHash } from 'node:crypto';
import type { InferenceSession } from 'onnxruntime-common';
import { messageOf } from '../../../foundation/errors/message-of.ts';
import { canvasOf, type ViewSize } from '../../../ingest/frames/view-size.ts';
import { floatsOf, type OnnxSessions } from '../../engines/onnx/onnx-sessions.ts';
import type { DetectorFile } from '../detector-file.ts';
import { FileDetector } from '../file-detector.ts';
import { canvasFor, letterboxed, sameNumbers, type InputStyle } from '../input-style.ts';
import type { ModelOutput } from '../model-ports.ts';
import { classMapOf, type ClassMap } from '../names/class-map.ts';
import { checkTask, recognise } from '../recognise.ts';
import { badModel, readOnnxFile, type OnnxFile } from './onnx-file.ts';
import { inputSizeOf, type InputSize } from './input-size.ts';
import {
  pictureInputOf,
  unwrappedName,
  wrapModel,
  wrappedInput,
  type PictureInput,
} from './wrap-model.ts';

/** Grey of the picture that a model is shown to see what its outputs look like. */
const probeGrey = 114;

/**
 * Opens a detector in an ONNX file: reads it, runs it once on grey, and recognises it by what comes
 * out. `viewSize` is the wanted size; `auto` takes the model's own. Rejects with an `EngineError`
 * `bad-model` for a model that is not understood or has another size.
 */
export async function openOnnxDetector(
  sessions: OnnxSessions,
  detector: DetectorFile,
  viewSize: ViewSize | 'auto',
): Promise<FileDetector> {
  const file = await readOnnxFile(detector.path, 'detector');
  checkTask(file);
  const input = pictureInputOf(file);
  const size = inputSizeOf(file, input, viewSize);
  let model = await openWrapped(sessions, file, input, letterboxed, size);
  try {
    const { width, height } = size;
    const grey = new Uint8Array(width * height * 3).fill(probeGrey);
    const outputs = await model.run(grey).catch((cause: unknown) => {
      throw badModel(file, `it does not run: ${messageOf(cause)}`, cause);
    });
    const reading = recognise(
      {
        facts: file,
        outputs: outputs.map((output) => ({ ...output, values: output.values.slice() })),
        width,
        height,
        channelsLast: input.channelsLast,
        inputType: input.type,
        isSaid: detector.format !== 'auto',
      },
      detector.format,
    );
    const classes = await classMapOf(file, detector.names, reading.classes);
    if (!sameNumbers(reading.style, letterboxed)) {
      const restyled = await openWrapped(sessions, file, input, reading.style, size);
      await model.close();
      model = restyled;
    }
    const canvas = canvasFor(reading.style, width, height);
    checkCanvas(file, viewSize, canvas);
    return new FileDetector({
      id: `${reading.format} ${file.hash} ${markOf(classes)}`,
      text: `detector ${reading.format} ${file.label}`,
      model,
      reading,
      classes,
      viewSize: canvas,
    });
  } catch (error) {
    await model.close();
    throw error;
  }
}

/** A mark of the columns of scores that are classes: the latents are made of these. */
function markOf({ numbers, names }: ClassMap): string {
  const written = JSON.stringify([names.length, ...numbers]);
  return createHash('sha256').update(written).digest('hex').slice(0, 8);
}

/** A wrapped model in a session of its own. */
class OnnxRunningModel {
  readonly #sessions: OnnxSessions;
  readonly #session: InferenceSession;
  readonly #shape: readonly number[];

  constructor(sessions: OnnxSessions, session: InferenceSession, { width, height }: InputSize) {
    this.#sessions = sessions;
    this.#session = session;
    this.#shape = [1, height, width, 3];
  }

  async run(view: Uint8Array): Promise<ModelOutput[]> {
    const results = await this.#sessions.run(this.#session, view, this.#shape, {}, wrappedInput);
    return Object.entries(results).map(([name, tensor]) => ({
      name: unwrappedName(name),
      shape: tensor.dims,
      values: floatsOf(tensor),
    }));
  }

  close(): Promise<void> {
    return this.#session.release();
  }
}

async function openWrapped(
  sessions: OnnxSessions,
  file: OnnxFile,
  input: PictureInput,
  style: InputStyle,
  size: InputSize,
): Promise<OnnxRunningModel> {
  const bytes = wrapModel(file, input, style, size);
  try {
    return new OnnxRunningModel(sessions, await sessions.open(bytes), size);
  } catch (cause) {
    throw badModel(file, `ONNX Runtime does not open it: ${messageOf(cause)}`, cause);
  }
}

/** A canvas that is asked for is to be the format's own. */
function checkCanvas(file: OnnxFile, wanted: ViewSize | 'auto', own: ViewSize): void {
  if (wanted === 'auto' || typeof wanted === 'number') return;
  const [a, b] = [canvasOf(wanted), canvasOf(own)];
  if (
    a.fit !== b.fit ||
    (a.fit === 'letterbox' && (a.anchor !== b.anchor || a.ground !== b.ground))
  )
    throw badModel(file, `expected views that are made as ${JSON.stringify(b)}`);
}
