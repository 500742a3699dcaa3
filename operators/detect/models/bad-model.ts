import { EngineError } from '../engines/engine-error.ts';
import { describePorts, type ModelFacts } from './model-ports.ts';

/** An error about a model, with its inputs and outputs. */
export function badModel(facts: ModelFacts, message: string, cause?: unknown): EngineError {
  return badModelFile(facts.path, `${message}\n${describePorts(facts)}`, cause);
}

/** An error about a file of a model that is not read yet. */
export function badModelFile(path: string, message: string, cause?: unknown): EngineError {
  return new EngineError('bad-model', `${path}: ${message}`, cause === undefined ? {} : { cause });
}
