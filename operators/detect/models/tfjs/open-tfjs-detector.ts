import type { ViewPlan } from '../../../ingest/frames/view-plan.ts';
import type { TfjsCore } from '../../engines/tfjs/tfjs-model.ts';
import type { DetectorFile } from '../detector-file.ts';
import type { FileDetector, RunningModel } from '../file-detector.ts';
import type { InputSize } from '../input-size.ts';
import type { InputStyle } from '../input-style.ts';
import type { ModelOutput } from '../model-ports.ts';
import { openDetector } from '../open-detector.ts';
import type { PictureInput } from '../picture-input.ts';
import { readGraphModel } from './graph-model-file.ts';
import { TfjsGraphRunner } from './graph-runner.ts';

/** Opens a detector in a TensorFlow.js GraphModel; see {@link openDetector}. */
export async function openTfjsDetector(
  core: TfjsCore,
  detector: DetectorFile,
  views: ViewPlan | 'auto',
): Promise<FileDetector> {
  const file = await readGraphModel(detector.path);
  return openDetector(file, detector, views, async (input, style) => {
    const runner = await TfjsGraphRunner.open(core, file);
    return new TfjsRunningModel(runner, input, style);
  });
}

/** A GraphModel that takes views prepared in a style. */
class TfjsRunningModel implements RunningModel {
  readonly #runner: TfjsGraphRunner;
  readonly #input: PictureInput;
  /** Of each channel in the model's order: the value of each byte, and which of RGB it is. */
  readonly #channels: readonly { readonly values: Float32Array; readonly from: number }[];

  constructor(runner: TfjsGraphRunner, input: PictureInput, style: InputStyle) {
    this.#runner = runner;
    this.#input = input;
    const order = style.colour === 'rgb' ? [0, 1, 2] : [2, 1, 0];
    this.#channels = order.map((from, k) => ({
      from,
      values: Float32Array.from({ length: 256 }, (_, byte) =>
        input.type === 'uint8' ? byte : byte * style.scale[k]! + style.offset[k]!,
      ),
    }));
  }

  run(view: Uint8Array, { width, height }: InputSize): Promise<ModelOutput[]> {
    const { name, type, channelsLast } = this.#input;
    const shape = channelsLast ? [1, height, width, 3] : [1, 3, height, width];
    const values = this.#prepare(view, width * height);
    // TensorFlow.js has no type for bytes, and takes 32-bit integers in their place.
    return type === 'uint8'
      ? this.#runner.run(name, Int32Array.from(values), shape, 'int32')
      : this.#runner.run(name, values, shape, 'float32');
  }

  close(): Promise<void> {
    this.#runner.close();
    return Promise.resolve();
  }

  #prepare(view: Uint8Array, places: number): Float32Array {
    const prepared = new Float32Array(places * 3);
    const { channelsLast } = this.#input;
    for (const [k, { values, from }] of this.#channels.entries()) {
      const step = channelsLast ? 3 : 1;
      let to = channelsLast ? k : k * places;
      for (let at = from; at < places * 3; at += 3, to += step) prepared[to] = values[view[at]!]!;
    }
    return prepared;
  }
}
