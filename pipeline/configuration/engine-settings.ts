import { availableParallelism } from 'node:os';
import {
  defaultViewSize,
  type EngineModels,
} from '../../operators/detect/engines/engine-models.ts';
import type { ViewPlan } from '../../operators/ingest/frames/view-plan.ts';
import type { Config } from './config.ts';

/** The models of a configuration, as engines take them. */
export function modelsOf({
  model,
  format,
  names,
  shape,
  encoder,
  encoderOptions,
  cropSize,
}: Pick<
  Config['detect'],
  'model' | 'format' | 'names' | 'shape' | 'encoder' | 'encoderOptions' | 'cropSize'
>): EngineModels {
  return {
    detector: model === null ? null : { path: model, format, names, shape },
    encoder: encoder === null ? null : { path: encoder, ...encoderOptions },
    cropSize,
  };
}

/** The threads of an engine for work that is not live, which has all cores to itself. */
export function allThreads({ threads }: Pick<Config['detect'], 'threads'>): number {
  return threads === 'auto' ? availableParallelism() : threads;
}

/** How views are made; a detector of the user lays them out as its format does. */
export function viewsOf({
  model,
  size,
  shape,
}: Pick<Config['detect'], 'model' | 'size' | 'shape'>): ViewPlan | 'auto' {
  if (model !== null) return size;
  return builtInViews(shape, size === 'auto' ? defaultViewSize : size);
}

/** The views of the built-in detector, of as many pixels as a square of this side. */
export function builtInViews(shape: Config['detect']['shape'], side: number): ViewPlan {
  return shape === 'own' ? { shape, side } : side;
}
