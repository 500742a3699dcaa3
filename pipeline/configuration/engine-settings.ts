import { availableParallelism } from 'node:os';
import type { EngineModels } from '../../operators/detect/engines/engine-models.ts';
import type { Config } from './config.ts';

/** The models of a configuration, as engines take them. */
export function modelsOf({
  model,
  format,
  names,
  encoder,
  encoderOptions,
  cropSize,
}: Pick<
  Config['detect'],
  'model' | 'format' | 'names' | 'encoder' | 'encoderOptions' | 'cropSize'
>): EngineModels {
  return {
    detector: model === null ? null : { path: model, format, names },
    encoder: encoder === null ? null : { path: encoder, ...encoderOptions },
    cropSize,
  };
}

/** The threads of an engine for work that is not live, which has all cores to itself. */
export function allThreads({ threads }: Pick<Config['detect'], 'threads'>): number {
  return threads === 'auto' ? availableParallelism() : threads;
}
