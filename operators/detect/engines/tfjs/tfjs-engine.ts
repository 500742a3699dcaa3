import type { ViewPlan } from '../../../ingest/frames/view-plan.ts';
import { loadBackbone } from '../backbone.ts';
import { CombinedEngine } from '../combined-engine.ts';
import {
  builtInModels,
  defaultViewSize,
  type EngineModels,
  type EngineOptions,
} from '../engine-models.ts';
import { checkModels } from '../engine-of-models.ts';
import type { CropEncoder, DetectorModel } from '../engine.ts';
import { openTfjsEncoder } from '../../encoders/open-tfjs-encoder.ts';
import { openTfjsDetector } from '../../models/tfjs/open-tfjs-detector.ts';
import { TfjsBackboneEncoder } from './backbone-encoder.ts';
import { TfjsCenternet } from './centernet-detector.ts';
import { startTfjsBackend, type TfjsBackend } from './tfjs-backend.ts';
import { TfjsGraphs } from './tfjs-graphs.ts';

/** Models on TensorFlow.js. */
export class TfjsEngine extends CombinedEngine {
  readonly #graphs: TfjsGraphs;

  /** @param graphs Which it owns, as it does detector and encoder. */
  constructor(
    backend: TfjsBackend,
    graphs: TfjsGraphs,
    detector: DetectorModel,
    encoder: CropEncoder,
  ) {
    super({ ...backend, name: 'tfjs' as const }, detector, encoder);
    this.#graphs = graphs;
  }

  /** Number of tensors in the backend: between calls, the weights only. */
  get tensors(): number {
    return this.#graphs.core.memory().numTensors;
  }

  override async close(): Promise<void> {
    await super.close().finally(() => this.#graphs.close());
  }
}

/**
 * Loads models on TensorFlow.js: on libtensorflow (GPU, then CPU) if installed, else
 * on WebAssembly. The graph is loaded on first use.
 *
 * Rejects with an EngineError if no backend loads, and `bad-model` for models that are not
 * GraphModels or are not understood.
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
  const models = options.models ?? builtInModels;
  checkModels('tfjs', models);
  const backend = await startTfjsBackend(options.provider, options.project);
  const graphs = new TfjsGraphs(backend.core, await loadBackbone());
  const { viewSize = 'auto' } = options;
  const detector = await openDetector(graphs, models.detector, viewSize);
  const encoder = await openEncoder(graphs, models).catch(async (error: unknown) => {
    await detector.close();
    throw error;
  });
  return new TfjsEngine(backend, graphs, detector, encoder);
}

async function openEncoder(
  graphs: TfjsGraphs,
  { encoder, cropSize }: EngineModels,
): Promise<CropEncoder> {
  if (encoder !== null) return openTfjsEncoder(graphs.core, encoder);
  return new TfjsBackboneEncoder(graphs, cropSize);
}

async function openDetector(
  graphs: TfjsGraphs,
  file: EngineModels['detector'],
  viewSize: ViewPlan | 'auto',
): Promise<DetectorModel> {
  if (file === null) {
    return new TfjsCenternet(graphs, viewSize === 'auto' ? defaultViewSize : viewSize);
  }
  return openTfjsDetector(graphs.core, file, viewSize);
}
