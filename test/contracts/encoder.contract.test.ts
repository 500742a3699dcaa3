import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { nothingSaid } from '../../operators/detect/encoders/encoder-file.ts';
import { builtInLayout } from '../../operators/detect/engines/embedding-layout.ts';
import type { EngineModels } from '../../operators/detect/engines/engine-models.ts';
import type { Engine } from '../../operators/detect/engines/engine.ts';
import { loadOnnxEngine } from '../../operators/detect/engines/onnx/onnx-engine.ts';
import {
  findOnnxRuntime,
  loadOnnxRuntime,
} from '../../operators/detect/engines/onnx/onnx-runtime.ts';
import { loadTfjsEngine } from '../../operators/detect/engines/tfjs/tfjs-engine.ts';
import { seededRandom } from '../../operators/foundation/numbers/seeded-random.ts';
import { drawEncoder, vectorLength } from '../operators/detect/encoders/draw-encoder.ts';
import { writeGraphEncoder } from '../operators/detect/encoders/draw-graph-encoder.ts';

const onnx = (models: EngineModels) => loadOnnxEngine({ threads: 1, provider: 'cpu', models });
const tfjs = (models: EngineModels) => loadTfjsEngine({ provider: 'wasm', models });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-encoder-'));
  await writeFile(join(folder, 'drawn.onnx'), drawEncoder());
  writeGraphEncoder(join(folder, 'graph'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const fromFile = () => ({
  detector: null,
  encoder: { path: join(folder, 'drawn.onnx'), ...nothingSaid },
  cropSize: 160 as const,
});
const fromGraph = () => ({
  ...fromFile(),
  encoder: { path: join(folder, 'graph/model.json'), ...nothingSaid },
});
const builtIn = (cropSize: 160 | 224) => () => ({ detector: null, encoder: null, cropSize });

describe.each([
  ['the built-in encoder on onnx', onnx, builtIn(160), 160, 1298],
  ['the built-in encoder on onnx at 224 pixels', onnx, builtIn(224), 224, 1298],
  ['the built-in encoder on tfjs', tfjs, builtIn(160), 160, 1298],
  ['the built-in encoder on tfjs at 224 pixels', tfjs, builtIn(224), 224, 1298],
  ['an encoder of the user in an ONNX file', onnx, fromFile, 32, vectorLength + 2],
  ['an encoder of the user in a GraphModel', tfjs, fromGraph, 32, vectorLength + 2],
] as const)('%s', (_name, load, models, cropSize, length) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await load(models());
  }, 60_000);
  afterAll(() => engine.close());

  const noise = (count: number, seed: number) => {
    const random = seededRandom(seed);
    return Uint8Array.from({ length: count * cropSize ** 2 * 3 }, () => 256 * random());
  };

  it('says how large its crops are and how its embeddings are laid out', () => {
    expect(engine.cropSize).toBe(cropSize);
    expect(engine.embedding.length).toBe(length);
    expect(engine.sight.detector).toBe('centernet');
  });

  it('gives the same embedding alone and among others, the log sizes last', async () => {
    const [first, second] = [noise(1, 1), noise(1, 2).fill(30, 0, cropSize ** 2)];
    const both = await engine.embedCrops(
      Uint8Array.from([...first, ...second]),
      Float32Array.of(-1, -2, -3, -4),
      2,
    );
    expect(both).toHaveLength(2 * length);
    const alone = await engine.embedCrops(second, Float32Array.of(-3, -4), 1);
    const difference = alone.map((value, i) => Math.abs(value - both[length + i]!));
    expect(Math.max(...difference)).toBeLessThan(1e-4);
    expect([...alone.slice(-2)]).toEqual([-3, -4]);
    expect(alone.every(Number.isFinite)).toBe(true);
    expect(alone.slice(0, -2)).not.toEqual(both.slice(0, length - 2));
  });

  it('gives nothing for no crops, and rejects crops of another size', async () => {
    expect(await engine.embedCrops(new Uint8Array(0), new Float32Array(0), 0)).toHaveLength(0);
    const short = noise(1, 3).subarray(3);
    await expect(engine.embedCrops(short, new Float32Array(2), 1)).rejects.toThrow(RangeError);
  });
});

it('crops of 160 and of 224 pixels are not the same encoder', async () => {
  const engines = [await onnx(builtIn(160)()), await onnx(builtIn(224)())];
  expect(engines.map(({ sight }) => sight.encoder)).toEqual(['backbone', 'backbone-224']);
  expect(engines.map(({ embedding }) => embedding)).toEqual([builtInLayout, builtInLayout]);
  for (const engine of engines) await engine.close();
});

it('a GraphModel gives the vectors of the ONNX file that computes the same', async () => {
  const random = seededRandom(4);
  const crops = Uint8Array.from({ length: 3 * 32 ** 2 * 3 }, () => 256 * random() ** 2);
  const embeddings = [];
  for (const engine of [await onnx(fromFile()), await tfjs(fromGraph())]) {
    embeddings.push(await engine.embedCrops(crops, new Float32Array(6), 3));
    await engine.close();
  }
  const [ofFile, ofGraph] = embeddings as [Float32Array, Float32Array];
  expect(Math.max(...ofFile.map((value, i) => Math.abs(value - ofGraph[i]!)))).toBeLessThan(1e-3);
});

it('tfjs leaves no tensors where the encoder does not open, or once it is closed', async () => {
  const engine = await loadTfjsEngine({ provider: 'wasm', models: fromGraph() });
  await engine.detect(new Uint8Array(64 * 64 * 3), 64, 10);
  await engine.close();
  const left = engine.tensors;
  const path = join(folder, 'missing/model.json');
  const failing = tfjs({ ...fromGraph(), encoder: { path, ...nothingSaid } });
  await expect(failing).rejects.toThrow(`${path}: the GraphModel can't be read`);
  expect(engine.tensors).toBe(left);
});

it('onnx closes the detector where the encoder does not open', async () => {
  const runtime = loadOnnxRuntime(findOnnxRuntime()!);
  const create = vi.spyOn(runtime.InferenceSession, 'create');
  try {
    const path = join(folder, 'missing.onnx');
    const failing = onnx({ ...fromFile(), encoder: { path, ...nothingSaid } });
    await expect(failing).rejects.toThrow(`${path}: the encoder can't be read`);
    expect(create).toHaveBeenCalledOnce();
    // A session that was released runs no more.
    const session = (await create.mock.results[0]!.value) as InferenceSession;
    await expect(session.release()).rejects.toThrow();
  } finally {
    create.mockRestore();
  }
});

it('tfjs refuses an encoder in an ONNX file with a word', async () => {
  await expect(tfjs(fromFile())).rejects.toMatchObject({
    name: 'EngineError',
    message: expect.stringContaining(
      'drawn.onnx: detect.encoder is an ONNX file, which needs the engine onnx',
    ) as string,
  });
});
