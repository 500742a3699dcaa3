import { loadBackbone } from '../backbone.ts';
import { CombinedEngine } from '../combined-engine.ts';
import { EngineError } from '../engine-error.ts';
import { builtInModels, type EngineOptions } from '../engine-models.ts';
import type { BuiltInCropSize } from '../engine.ts';
import { TfjsBackboneEncoder } from './backbone-encoder.ts';
import { TfjsCenternet } from './centernet-detector.ts';
import { startTfjsBackend, type TfjsBackend } from './tfjs-backend.ts';
import { TfjsGraphs } from './tfjs-graphs.ts';

/** The built-in models on TensorFlow.js. */
export class TfjsEngine extends CombinedEngine {
  readonly #graphs: TfjsGraphs;

  constructor(backend: TfjsBackend, graphs: TfjsGraphs, cropSize: BuiltInCropSize) {
    const runtime = { ...backend, name: 'tfjs' as const };
    super(runtime, new TfjsCenternet(graphs), new TfjsBackboneEncoder(graphs, cropSize));
    this.#graphs = graphs;
  }

  /** Number of tensors in the backend: between calls, the weights only. */
  get tensors(): number {
    return this.#graphs.core.memory().numTensors;
  }
}

/**
 * Loads the built-in models on TensorFlow.js: on libtensorflow (GPU, then CPU) if installed, else
 * on WebAssembly. One graph is loaded per picture size, on first use.
 *
 * Rejects with an EngineError if no backend loads, and for an encoder in an ONNX file.
 *
 * @param options.project Folder of the project that libtensorflow's package is installed in.
 *   Default: beside lifelens.
 */
export async function loadTfjsEngine(
  options: Partial<EngineOptions> & {
    readonly provider?: 'wasm';
    readonly project?: string | undefined;
  } = {},
): Promise<TfjsEngine> {
  const { encoder, cropSize } = options.models ?? builtInModels;
  if (encoder !== null) {
    const message = `TensorFlow.js can't run the encoder ${encoder.path}: expected engine onnx`;
    throw new EngineError('unavailable', message);
  }
  const backend = await startTfjsBackend(options.provider, options.project);
  return new TfjsEngine(backend, new TfjsGraphs(backend.core, await loadBackbone()), cropSize);
}
