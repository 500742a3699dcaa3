import type {
  ChosenEngine,
  EngineChoice,
} from '../../../operators/detect/engines/choose-engine.ts';
import { fakeEngine } from './fake-engine.ts';

/**
 * Stands in for operators/detect/choose-engine in a learn worker. `tfjs` is what does not load
 * here, `onnx` what loads and then does not open the model for whole maps.
 */
export function chooseEngine(
  choice: EngineChoice,
  { threads }: { readonly threads: number },
): Promise<ChosenEngine> {
  if (choice === 'tfjs') return Promise.reject(new Error('no such engine here'));
  const engine = fakeEngine([{ column: 40, row: 40, heat: 0.9, half: 20 }]);
  if (choice === 'onnx') {
    engine.dense = () => Promise.reject(new Error('the model for whole maps does not open'));
  }
  return Promise.resolve({ engine, reason: `engine fake, ${threads} thread` });
}
