import type { InferenceSession } from 'onnxruntime-common';
import { messageOf } from '../../../foundation/errors/message-of.ts';
import type { ViewPlan } from '../../../ingest/frames/view-plan.ts';
import { floatsOf, type OnnxSessions } from '../../engines/onnx/onnx-sessions.ts';
import { badModel } from '../bad-model.ts';
import type { DetectorFile } from '../detector-file.ts';
import type { FileDetector, RunningModel } from '../file-detector.ts';
import type { InputSize } from '../input-size.ts';
import type { ModelOutput } from '../model-ports.ts';
import { openDetector } from '../open-detector.ts';
import { readOnnxFile } from './onnx-file.ts';
import { unwrappedName, wrapModel, wrappedInput } from './wrap-model.ts';

/** Opens a detector in an ONNX file; see {@link openDetector}. */
export async function openOnnxDetector(
  sessions: OnnxSessions,
  detector: DetectorFile,
  views: ViewPlan | 'auto',
): Promise<FileDetector> {
  const file = await readOnnxFile(detector.path, 'detector');
  return openDetector(file, detector, views, async (input, style, size) => {
    const bytes = wrapModel(file, input, style, size);
    try {
      return new OnnxRunningModel(sessions, await sessions.open(bytes));
    } catch (cause) {
      throw badModel(file, `ONNX Runtime does not open it: ${messageOf(cause)}`, cause);
    }
  });
}

/** A wrapped model in a session of its own. */
class OnnxRunningModel implements RunningModel {
  readonly #sessions: OnnxSessions;
  readonly #session: InferenceSession;

  constructor(sessions: OnnxSessions, session: InferenceSession) {
    this.#sessions = sessions;
    this.#session = session;
  }

  async run(view: Uint8Array, { width, height }: InputSize): Promise<ModelOutput[]> {
    const shape = [1, height, width, 3];
    const results = await this.#sessions.run(this.#session, view, shape, {}, wrappedInput);
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
