import type { ChosenEngine } from '../../../operators/detect/engines/choose-engine.ts';
import { EngineError } from '../../../operators/detect/engines/engine-error.ts';
import type { Peaks } from '../../../operators/detect/engines/engine.ts';
import { fakeEngine } from '../learn/fake-engine.ts';

const nothing: Peaks = {
  count: 0,
  boxes: new Float32Array(0),
  objectness: new Float32Array(0),
  baseClass: new Int32Array(0),
  baseScore: new Float32Array(0),
  baseShare: new Float32Array(0),
  latents: new Float32Array(0),
  cells: new Int32Array(0),
};

/**
 * Replaces detect/engines/choose-engine in a detect worker: the first byte of a view says how the
 * call ends.
 */
export function chooseEngine(): Promise<ChosenEngine> {
  const engine = fakeEngine();
  engine.detect = async (view) => {
    if (view[0] === 1) process.exit(7);
    if (view[0] === 2) for (;;);
    if (view[0] === 3) await new Promise(() => undefined);
    if (view[0] === 4) throw new EngineError('bad-model', 'it does not take such views');
    return { ...nothing };
  };
  return Promise.resolve({ engine, reason: 'engine fake' });
}
