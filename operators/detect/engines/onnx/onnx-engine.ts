import type { ViewPlan } from '../../../ingest/frames/view-plan.ts';
import { loadBackbone, type Backbone } from '../backbone.ts';
import { CombinedEngine } from '../combined-engine.ts';
import { EngineError } from '../engine-error.ts';
import { checkModels } from '../engine-of-models.ts';
import { openOnnxEncoder } from '../../encoders/open-onnx-encoder.ts';
import {
  builtInModels,
  defaultViewSize,
  type EngineModels,
  type EngineOptions,
} from '../engine-models.ts';
import { openOnnxDetector } from '../../models/onnx/open-onnx-detector.ts';
import type { CropEncoder, DetectorModel } from '../engine.ts';
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
 * Loads models on onnxruntime-node: on CUDA if its provider library is installed, else CPU. Rejects
 * with the runtime's own error if it does not load.
 */
export async function loadOnnxEngine(options: OnnxEngineOptions): Promise<CombinedEngine> {
  const { models = builtInModels, viewSize = 'auto', threads } = options;
  checkModels('onnx', models);
  forbidTelemetry();
  const files = findOnnxRuntime();
  if (files === null) throw new EngineError('unavailable', 'onnxruntime-node is not installed');
  const runtime = loadOnnxRuntime(files);
  const backbone = await loadBackbone();
  const tryCuda = options.provider !== 'cpu' && files.hasCuda;
  const { sessions, first: detector } = await openFirst(runtime, tryCuda, threads, (sessions) =>
    models.detector === null
      ? openCenternet(sessions, backbone, viewSize === 'auto' ? defaultViewSize : viewSize)
      : openOnnxDetector(sessions, models.detector, viewSize),
  );
  const encoder = await openEncoder(sessions, backbone, models).catch(async (error: unknown) => {
    await detector.close();
    throw error;
  });
  return new CombinedEngine(
    { name: 'onnx', provider: sessions.provider, version: versionOf(runtime) },
    detector,
    encoder,
  );
}

async function openEncoder(
  sessions: OnnxSessions,
  backbone: Backbone,
  { encoder, cropSize }: EngineModels,
): Promise<CropEncoder> {
  if (encoder !== null) return openOnnxEncoder(sessions, encoder);
  return new OnnxBackboneEncoder(sessions, backbone, cropSize);
}

function versionOf({ env }: OnnxRuntime): string {
  return env.versions.node ?? env.versions.common;
}

async function openCenternet(
  sessions: OnnxSessions,
  backbone: Backbone,
  viewSize: ViewPlan,
): Promise<OnnxCenternet> {
  const detect = await sessions.open(detectModel(backbone));
  return new OnnxCenternet(sessions, backbone, detect, viewSize);
}

/** Opens the detector on CUDA if it is to be tried and works, else on the CPU. */
async function openFirst(
  runtime: OnnxRuntime,
  tryCuda: boolean,
  threads: number,
  open: (sessions: OnnxSessions) => Promise<DetectorModel>,
) {
  if (tryCuda) {
    try {
      const sessions = new OnnxSessions(runtime, 'cuda', threads);
      return { sessions, first: await open(sessions) };
    } catch {
      // No driver or no card: fall back to the CPU, which tells of a model that is bad anyway.
    }
  }
  const sessions = new OnnxSessions(runtime, 'cpu', threads);
  return { sessions, first: await open(sessions) };
}
