import type { ChosenEngine } from '../../../operators/detect/engines/choose-engine.ts';
import type { EngineChoice } from '../../../operators/detect/engines/engine-choice.ts';
import { fakeEngine } from './fake-engine.ts';

/**
 * Replaces detect/engines/choose-engine in a learn worker. `tfjs` does not load; `onnx` loads, but
 * not its model for whole maps.
 */
export function chooseEngine(
  choice: EngineChoice,
  { threads }: { readonly threads: number },
): Promise<ChosenEngine> {
  if (choice === 'tfjs') return Promise.reject(new Error('no such engine here'));
  const engine = fakeEngine([{ column: 40, row: 40, heat: 0.9, half: 20 }]);
  if (choice === 'onnx') {
    engine.dense = () => Promise.reject(new Error('the model for whole maps does not load'));
  }
  return Promise.resolve({ engine, reason: `engine fake, ${threads} thread` });
}
