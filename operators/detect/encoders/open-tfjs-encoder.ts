import type { TfjsCore } from '../engines/tfjs/tfjs-model.ts';
import { readGraphModel } from '../models/tfjs/graph-model-file.ts';
import { outputName, TfjsGraphRunner } from '../models/tfjs/graph-runner.ts';
import type { EncoderFile } from './encoder-file.ts';
import type { EncoderInput } from './encoder-input.ts';
import type { EncoderResult } from './encoder-output.ts';
import { FileEncoder, type RunningEncoder } from './file-encoder.ts';

/** Types of outputs that hold no vectors. */
const wholeNumbers: readonly string[] = ['int32', 'int64', 'uint8', 'bool'];

/** Opens an encoder in a TensorFlow.js GraphModel; see {@link FileEncoder.open}. */
export async function openTfjsEncoder(core: TfjsCore, file: EncoderFile): Promise<FileEncoder> {
  const graph = await readGraphModel(file.path);
  // Under the names that a run gives them, by which families are recognised as well.
  const outputs = graph.outputs.map((port) => ({ ...port, name: outputName(port.name) }));
  const others = outputs.filter(({ type }) => wholeNumbers.includes(type));
  const output = file.output === null ? null : outputName(file.output);
  return FileEncoder.open('tfjs', { ...graph, outputs }, { ...file, output }, async () => {
    const runner = await TfjsGraphRunner.open(core, graph);
    return new TfjsRunningEncoder(runner, new Set(others.map(({ name }) => name)));
  });
}

/** An encoder as a graph of its own. */
class TfjsRunningEncoder implements RunningEncoder {
  readonly #runner: TfjsGraphRunner;
  readonly #others: ReadonlySet<string>;

  /** @param others Names of outputs that are no floats. */
  constructor(runner: TfjsGraphRunner, others: ReadonlySet<string>) {
    this.#runner = runner;
    this.#others = others;
  }

  async run(
    { name, type }: EncoderInput,
    values: Float32Array,
    shape: readonly number[],
  ): Promise<readonly EncoderResult[]> {
    // TensorFlow.js has no type for bytes, and takes 32-bit integers in their place.
    const outputs = await (type === 'uint8'
      ? this.#runner.run(name, Int32Array.from(values), shape, 'int32')
      : this.#runner.run(name, values, shape, 'float32'));
    return outputs.filter((output) => !this.#others.has(output.name));
  }

  close(): Promise<void> {
    this.#runner.close();
    return Promise.resolve();
  }
}
