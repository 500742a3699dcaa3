import type { EngineModels } from '../../operators/detect/engines/engine-models.ts';
import type { Config } from './config.ts';

/** The models of a configuration, as engines take them. */
export function modelsOf({
  encoder,
  encoderOptions,
  cropSize,
}: Pick<Config['detect'], 'encoder' | 'encoderOptions' | 'cropSize'>): EngineModels {
  return {
    encoder: encoder === null ? null : { path: encoder, ...encoderOptions },
    cropSize,
  };
}
