import { expect, it, vi } from 'vitest';
import type { CropEncoder, DetectorModel } from '../../../../../operators/detect/engines/engine.ts';
import type { TfjsBackend } from '../../../../../operators/detect/engines/tfjs/tfjs-backend.ts';
import { TfjsEngine } from '../../../../../operators/detect/engines/tfjs/tfjs-engine.ts';
import type { TfjsGraphs } from '../../../../../operators/detect/engines/tfjs/tfjs-graphs.ts';

it('closes its graphs where a model fails to close', async () => {
  const graphs = { close: vi.fn(() => Promise.resolve()) };
  const detector = { id: 'd', close: () => Promise.reject(new Error('stuck')) };
  const encoder = { id: 'e', close: vi.fn(() => Promise.resolve()) };
  const engine = new TfjsEngine(
    { provider: 'wasm', version: '4' } as TfjsBackend,
    graphs as unknown as TfjsGraphs,
    detector as unknown as DetectorModel,
    encoder as unknown as CropEncoder,
  );
  await expect(engine.close()).rejects.toThrow('stuck');
  expect(encoder.close).toHaveBeenCalledOnce();
  expect(graphs.close).toHaveBeenCalledOnce();
});
