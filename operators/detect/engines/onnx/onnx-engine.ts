import { type Backbone, loadBackbone } from '../backbone.ts';
import { CombinedEngine } from '../combined-engine.ts';
import { EngineError } from '../engine-error.ts';
import { OnnxFileEncoder } from '../../encoders/onnx-file-encoder.ts';
import { builtInModels, type EngineModels, type EngineOptions } from '../engine-models.ts';
import type { CropEncoder } from '../engine.ts';
import { OnnxBackboneEncoder } from './backbone-encoder.ts';
import { OnnxCenternet } from './centernet-detector.ts';
import { detectModel } from './centernet-onnx.ts';
import { forbidTelemetry } from './forbid-telemetry.ts';
import { findOnnxRuntime, loadOnnxRuntime, type OnnxRuntime } from './onnx-runtime.ts';
import { OnnxSessions } from './onnx-sessions.ts';

export interface OnnxEngineOptions extends EngineOptions {
  /** `cpu` skips CUDA. Default: CUDA first, then CPU. */
  readonly provider?: 'cpu';
}

/**
 * Loads the built-in models on onnxruntime-node: on CUDA if its provider library is installed, else
 * CPU. Rejects with the runtime's own error if it does not load.
 */
export async function loadOnnxEngine(options: OnnxEngineOptions): Promise<CombinedEngine> {
  forbidTelemetry();
  const files = findOnnxRuntime();
  if (files === null) throw new EngineError('unavailable', 'onnxruntime-node is not installed');
  const runtime = loadOnnxRuntime(files);
  const backbone = await loadBackbone();
  const tryCuda = options.provider !== 'cpu' && files.hasCuda;
  const model = detectModel(backbone);
  const { sessions, detect } = await openFirst(runtime, model, tryCuda, options.threads);
  const encoder = await openEncoder(sessions, backbone, options.models ?? builtInModels);
  return new CombinedEngine(
    { name: 'onnx', provider: sessions.provider, version: versionOf(runtime) },
    new OnnxCenternet(sessions, backbone, detect),
    encoder,
  );
}

async function openEncoder(
  sessions: OnnxSessions,
  backbone: Backbone,
  { encoder, cropSize }: EngineModels,
): Promise<CropEncoder> {
  if (encoder !== null) return OnnxFileEncoder.open(sessions, encoder);
  return new OnnxBackboneEncoder(sessions, backbone, cropSize);
}

function versionOf({ env }: OnnxRuntime): string {
  return env.versions.node ?? env.versions.common;
}

/** Opens the model on CUDA if it is to be tried and works, else on the CPU. */
async function openFirst(
  runtime: OnnxRuntime,
  model: Uint8Array,
  tryCuda: boolean,
  threads: number,
) {
  if (tryCuda) {
    try {
      const sessions = new OnnxSessions(runtime, 'cuda', threads);
      return { sessions, detect: await sessions.open(model) };
    } catch {
      // No driver or no card: fall back to the CPU.
    }
  }
  const sessions = new OnnxSessions(runtime, 'cpu', threads);
  return { sessions, detect: await sessions.open(model) };
}
