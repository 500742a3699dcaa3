import { extname } from 'node:path';
import { engineNames, type EngineChoice, type EngineName } from './engine-choice.ts';
import { EngineError } from './engine-error.ts';
import { builtInModels, type EngineModels } from './engine-models.ts';

/** Which engine reads a file of the user: a model.json is a TensorFlow.js GraphModel. */
const engineOf = (path: string): EngineName =>
  extname(path).toLowerCase() === '.json' ? 'tfjs' : 'onnx';

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
  for (const { option, path, engine: needed } of neededBy(models)) {
    if (needed === engine) continue;
    const other = neededBy(models).find((each) => each.engine === engine);
    const advice =
      other === undefined
        ? `leave detect.engine at auto, or set it to ${needed}`
        : `${other.option} needs ${engine}: take both of one kind`;
    throw new EngineError(
      'bad-model',
      `${path}: ${option} is ${kinds[needed]}, which needs the engine ${needed}, not ${engine}; ` +
        advice,
    );
  }
}

function neededBy({ detector, encoder }: EngineModels) {
  return [
    { option: 'detect.model', file: detector },
    { option: 'detect.encoder', file: encoder },
  ].flatMap(({ option, file }) =>
    file === null ? [] : [{ option, path: file.path, engine: engineOf(file.path) }],
  );
}
