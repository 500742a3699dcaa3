import { extname } from 'node:path';
import { engineNames, type EngineChoice, type EngineName } from './engine-choice.ts';
import { EngineError } from './engine-error.ts';
import { builtInModels, type EngineModels } from './engine-models.ts';

/** A model.json is a TensorFlow.js GraphModel. */
const isGraphModel = ({ path }: { readonly path: string }): boolean =>
  extname(path).toLowerCase() === '.json';

const kinds: Record<EngineName, string> = { onnx: 'an ONNX file', tfjs: 'a GraphModel' };

/**
 * The engines to try, in order: the chosen one, and for `auto` those that read all models of the
 * user. Throws an {@link EngineError} `bad-model` where a model needs another one.
 */
export function enginesFor(
  choice: EngineChoice,
  models: EngineModels = builtInModels,
): readonly EngineName[] {
  if (choice !== 'auto') {
    checkModels(choice, models);
    return [choice];
  }
  const [first] = neededBy(models);
  if (first === undefined) return engineNames;
  checkModels(first.engine, models);
  return [first.engine];
}

/** Throws an {@link EngineError} `bad-model` for a model that this engine does not read. */
export function checkModels(engine: EngineName, models: EngineModels): void {
  const { detector, encoder } = models;
  if (encoder !== null && detector !== null && isGraphModel(encoder) !== isGraphModel(detector))
    throw new EngineError(
      'bad-model',
      `${encoder.path}: detect.encoder and detect.model need one engine: both are to be ONNX ` +
        'files, or both GraphModels',
    );
  for (const { option, path, engine: needed } of neededBy(models)) {
    if (needed === engine) continue;
    throw new EngineError(
      'bad-model',
      `${path}: ${option} is ${kinds[needed]}, which needs the engine ${needed}, not ${engine}; ` +
        `leave detect.engine at auto, or set it to ${needed}`,
    );
  }
}

interface NeededEngine {
  readonly option: string;
  readonly path: string;
  readonly engine: EngineName;
}

function neededBy({ detector, encoder }: EngineModels): readonly NeededEngine[] {
  return [
    { option: 'detect.model', file: detector },
    { option: 'detect.encoder', file: encoder },
  ].flatMap(({ option, file }): NeededEngine[] =>
    file === null
      ? []
      : [{ option, path: file.path, engine: isGraphModel(file) ? 'tfjs' : 'onnx' }],
  );
}
