import { firstLine } from '../../foundation/errors/message-of.ts';
import { describePlan } from '../../ingest/frames/view-plan.ts';
import type { EngineRuntime } from './combined-engine.ts';
import type { EngineChoice, EngineName } from './engine-choice.ts';
import { EngineError } from './engine-error.ts';
import type { EngineOptions } from './engine-models.ts';
import { enginesFor } from './engine-of-models.ts';
import type { Engine } from './engine.ts';
import { loadOnnxEngine } from './onnx/onnx-engine.ts';
import { loadTfjsEngine } from './tfjs/tfjs-engine.ts';

/** An engine with facts about its loading. */
export interface LoadedEngine extends Engine, Pick<EngineRuntime, 'version' | 'refused'> {
  /** What to say about the detector in the log; absent for the built-in one. */
  readonly detectorText?: string;
  /** What to say about the encoder in the log; absent for the built-in one. */
  readonly encoderText?: string;
}

export interface ChosenEngine {
  readonly engine: Engine;
  /** One line for the log: engine, device, and why no faster one is used. */
  readonly reason: string;
}

type EngineLoader = (options: EngineOptions) => Promise<LoadedEngine>;

const loaders: Record<EngineName, EngineLoader> = {
  onnx: loadOnnxEngine,
  tfjs: (options) => loadTfjsEngine(options),
};

const runtimes: Record<EngineName, string> = { onnx: 'onnxruntime-node', tfjs: 'TensorFlow.js' };

/**
 * Loads the requested engine and describes it in one line.
 *
 * Rejects with an {@link EngineError} `unavailable` if no requested engine loads, and `bad-model`
 * for a model that is not understood or needs another engine.
 */
export async function chooseEngine(
  choice: EngineChoice,
  options: EngineOptions,
  load: Record<EngineName, EngineLoader> = loaders,
): Promise<ChosenEngine> {
  const candidates = enginesFor(choice, options.models);
  const refused: string[] = [];
  let cause: unknown;
  for (const name of candidates) {
    try {
      const engine = await load[name](options);
      return { engine, reason: describe(engine, options.threads, refused) };
    } catch (error) {
      // Without the backbone's files, or with a bad one of the user, the next one fails alike.
      if (error instanceof EngineError && error.code === 'bad-model') throw error;
      cause = error;
      refused.push(`${name}: ${firstLine(error)}`);
    }
  }
  throw new EngineError('unavailable', `engine ${choice} does not load: ${refused.join('; ')}`, {
    cause,
  });
}

function describe(engine: LoadedEngine, threads: number, refused: readonly string[]): string {
  const used = engine.provider === 'cpu' ? threads : 1;
  const device = ['cpu', 'wasm'].includes(engine.provider)
    ? `${engine.provider}, ${used} ${used === 1 ? 'thread' : 'threads'}`
    : engine.provider;
  const chosen = `engine ${engine.name} (${device}): ${runtimes[engine.name]} ${engine.version}`;
  const reasons = [...refused, ...(engine.refused ?? [])].map((reason) => `not ${reason}`);
  const { encoderText } = engine;
  const encoder = encoderText === undefined ? [] : [encoderText];
  return [chosen, ...detectorIn(engine), ...encoder, ...reasons].join('; ');
}

/** A detector of the user in words: what it is, its size and classes. */
function detectorIn({ detectorText, viewSize, baseClasses }: LoadedEngine): string[] {
  if (detectorText === undefined) return [];
  const classes = baseClasses.length === 1 ? '1 class' : `${baseClasses.length} classes`;
  return [`${detectorText}, ${describePlan(viewSize)}, ${classes}`];
}
