import { EngineError } from './engine-error.ts';
import type { Engine } from './engine.ts';
import { loadOnnxEngine } from './onnx/onnx-engine.ts';
import { firstLine } from './tfjs/tfjs-backend.ts';
import { loadTfjsEngine } from './tfjs/tfjs-engine.ts';

/** `auto` takes the first engine that loads, `onnx` before `tfjs`; a name takes that one or fails. */
export type EngineChoice = 'auto' | Engine['name'];

/** An engine as its loader hands it over. */
export interface LoadedEngine extends Engine {
  /** Version of the runtime's package. */
  readonly version: string;
  /** Why faster backends of the same runtime were passed over, one short line each. */
  readonly refused?: readonly string[];
}

export interface ChosenEngine {
  readonly engine: Engine;
  /** One line for a person: what runs, on what, and why nothing better does. */
  readonly reason: string;
}

type EngineLoader = (options: { readonly threads: number }) => Promise<LoadedEngine>;

const loaders: Record<Engine['name'], EngineLoader> = {
  onnx: loadOnnxEngine,
  tfjs: () => loadTfjsEngine(),
};

const runtimes = { onnx: 'onnxruntime-node', tfjs: 'TensorFlow.js' };

/**
 * Loads the engine that was asked for, and says in one line what it runs on.
 *
 * `threads` counts for the CPU provider of `onnx`; WebAssembly runs on one. Rejects with an
 * {@link EngineError} `unavailable` where nothing that was asked for loads.
 */
export async function chooseEngine(
  choice: EngineChoice,
  options: { readonly threads: number },
  load: Record<Engine['name'], EngineLoader> = loaders,
): Promise<ChosenEngine> {
  const candidates: readonly Engine['name'][] = choice === 'auto' ? ['onnx', 'tfjs'] : [choice];
  const refused: string[] = [];
  let cause: unknown;
  for (const name of candidates) {
    try {
      const engine = await load[name](options);
      return { engine, reason: describe(engine, options.threads, refused) };
    } catch (error) {
      // Both engines need the base model's files: without them the next one fails alike.
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
  const where = ['cpu', 'wasm'].includes(engine.provider)
    ? `${engine.provider}, ${used} ${used === 1 ? 'thread' : 'threads'}`
    : engine.provider;
  const line = `engine ${engine.name} (${where}): ${runtimes[engine.name]} ${engine.version}`;
  return [line, ...[...refused, ...(engine.refused ?? [])].map((why) => `not ${why}`)].join('; ');
}
