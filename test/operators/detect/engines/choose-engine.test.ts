import { describe, expect, it } from 'vitest';
import {
  chooseEngine,
  type LoadedEngine,
} from '../../../../operators/detect/engines/choose-engine.ts';
import { nothingSaid } from '../../../../operators/detect/encoders/encoder-file.ts';
import { builtInModels } from '../../../../operators/detect/engines/engine-models.ts';
import type { EngineName } from '../../../../operators/detect/engines/engine-choice.ts';
import { EngineError } from '../../../../operators/detect/engines/engine-error.ts';
import { builtInSight, cropSize } from '../../../../operators/detect/engines/engine.ts';
import { builtInLayout } from '../../../../operators/detect/engines/embedding-layout.ts';

function fake(name: EngineName, provider: string, refused: string[] = []): LoadedEngine {
  return {
    name,
    provider,
    version: '1.2.3',
    refused,
    baseClasses: [],
    viewSize: 320,
    sight: builtInSight,
    cropSize,
    embedding: builtInLayout,
    setObjectness: () => undefined,
    detect: () => Promise.reject(new Error('unused')),
    embedCrops: () => Promise.reject(new Error('unused')),
    dense: () => Promise.reject(new Error('unused')),
    close: () => Promise.resolve(),
  };
}

const works = {
  onnx: () => Promise.resolve(fake('onnx', 'cpu')),
  tfjs: () => Promise.resolve(fake('tfjs', 'wasm', ['@tensorflow/tfjs-node-gpu: no binding'])),
};
const broken = () => Promise.reject(new Error('wrong ELF class\nand a long trace'));

describe('chooseEngine', () => {
  it('chooses onnx first and describes its device', async () => {
    const { engine, reason } = await chooseEngine('auto', { threads: 1 }, works);
    expect(engine.name).toBe('onnx');
    expect(reason).toBe('engine onnx (cpu, 1 thread): onnxruntime-node 1.2.3');
  });

  it('falls back to tfjs and gives the reasons in one line', async () => {
    const { engine, reason } = await chooseEngine(
      'auto',
      { threads: 3 },
      { ...works, onnx: broken },
    );
    expect(engine.name).toBe('tfjs');
    expect(reason).toBe(
      'engine tfjs (wasm, 1 thread): TensorFlow.js 1.2.3; ' +
        'not onnx: wrong ELF class; not @tensorflow/tfjs-node-gpu: no binding',
    );
  });

  it('mentions no threads for a GPU', async () => {
    const onnx = () => Promise.resolve(fake('onnx', 'cuda'));
    const { reason } = await chooseEngine('onnx', { threads: 3 }, { ...works, onnx });
    expect(reason).toBe('engine onnx (cuda): onnxruntime-node 1.2.3');
  });

  it('tries no other engine when the requested one does not load', async () => {
    const failing = chooseEngine('onnx', { threads: 1 }, { ...works, onnx: broken });
    await expect(failing).rejects.toThrow(EngineError);
    await expect(failing).rejects.toMatchObject({
      code: 'unavailable',
      message: 'engine onnx does not load: onnx: wrong ELF class',
    });
  });

  it('lists every engine that it tried when none loads', async () => {
    await expect(
      chooseEngine('auto', { threads: 1 }, { onnx: broken, tfjs: broken }),
    ).rejects.toThrow('onnx: wrong ELF class; tfjs: wrong ELF class');
  });

  it.each([
    ['onnx', 'web_model/model.json', 'detect.model is a GraphModel, which needs the engine tfjs'],
    ['tfjs', 'best.onnx', 'detect.model is an ONNX file, which needs the engine onnx'],
  ] as const)('refuses %s for %s, with a word', async (choice, path, message) => {
    const detector = { path, format: 'auto', names: null } as const;
    const options = { threads: 1, models: { ...builtInModels, detector } };
    const { engine } = await chooseEngine('auto', options, works);
    expect(engine.name).not.toBe(choice);
    const failing = chooseEngine(choice, options, works);
    await expect(failing).rejects.toMatchObject({ code: 'bad-model' });
    await expect(failing).rejects.toThrow(`${path}: ${message}`);
  });

  it('tries no other engine for a model that only one reads', async () => {
    const detector = { path: 'model.json', format: 'auto', names: null } as const;
    const options = { threads: 1, models: { ...builtInModels, detector } };
    const failing = chooseEngine('auto', options, { ...works, tfjs: broken });
    await expect(failing).rejects.toThrow('engine auto does not load: tfjs: wrong ELF class');
  });

  it.each([
    ['auto', 'best.onnx', 'encoder.json'],
    ['auto', 'model.json', 'e.onnx'],
    ['tfjs', 'model.json', 'e.onnx'],
  ] as const)('refuses for %s the detector %s with the encoder %s', async (choice, path, own) => {
    const detector = { path, format: 'auto', names: null } as const;
    const encoder = { ...nothingSaid, path: own };
    const options = { threads: 1, models: { ...builtInModels, detector, encoder } };
    const failing = chooseEngine(choice, options, works);
    await expect(failing).rejects.toMatchObject({ code: 'bad-model' });
    await expect(failing).rejects.toThrow(`${own}: detect.encoder and detect.model need one`);
  });

  it.each([
    [null, 'ENCODER.JSON', 'tfjs'],
    ['model.json', 'encoder.json', 'tfjs'],
    ['best.onnx', 'e.onnx', 'onnx'],
  ] as const)('takes for the detector %s and the encoder %s %s', async (path, own, name) => {
    const detector = path === null ? null : ({ path, format: 'auto', names: null } as const);
    const models = { ...builtInModels, detector, encoder: { ...nothingSaid, path: own } };
    const { engine } = await chooseEngine('auto', { threads: 1, models }, works);
    expect(engine.name).toBe(name);
    const other = name === 'tfjs' ? 'onnx' : 'tfjs';
    const failing = chooseEngine(other, { threads: 1, models }, works);
    await expect(failing).rejects.toThrow(`which needs the engine ${name}, not ${other}`);
  });

  it('reports missing backbone files instead of blaming the runtime', async () => {
    const onnx = () => Promise.reject(new EngineError('bad-model', 'no files'));
    await expect(chooseEngine('auto', { threads: 1 }, { ...works, onnx })).rejects.toMatchObject({
      code: 'bad-model',
    });
  });
});
