import { expect, it } from 'vitest';
import { CombinedEngine } from '../../../../operators/detect/engines/combined-engine.ts';
import type { CropEncoder, DetectorModel } from '../../../../operators/detect/engines/engine.ts';

/** A part of an engine that notes its close, and fails at it where it is to. */
function part(id: string, closed: string[], failing: string): DetectorModel & CropEncoder {
  const close = () => {
    closed.push(id);
    return id === failing ? Promise.reject(new Error(`${id} is stuck`)) : Promise.resolve();
  };
  return { id, close } as unknown as DetectorModel & CropEncoder;
}

it.each(['detector', 'encoder'])('closes both models where the %s fails to', async (failing) => {
  const closed: string[] = [];
  const [detector, encoder] = ['detector', 'encoder'].map((id) => part(id, closed, failing));
  const runtime = { name: 'onnx', provider: 'cpu', version: '1' } as const;
  const engine = new CombinedEngine(runtime, detector!, encoder!);
  await expect(engine.close()).rejects.toThrow(`${failing} is stuck`);
  expect(closed.toSorted()).toEqual(['detector', 'encoder']);
});
