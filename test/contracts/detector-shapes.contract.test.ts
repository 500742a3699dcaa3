import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { forbidTelemetry } from '../../operators/detect/engines/onnx/forbid-telemetry.ts';
import {
  findOnnxRuntime,
  loadOnnxRuntime,
} from '../../operators/detect/engines/onnx/onnx-runtime.ts';
import { OnnxSessions } from '../../operators/detect/engines/onnx/onnx-sessions.ts';
import type { FileDetector } from '../../operators/detect/models/file-detector.ts';
import { openOnnxDetector } from '../../operators/detect/models/onnx/open-onnx-detector.ts';
import type { ViewPlan } from '../../operators/ingest/frames/view-plan.ts';
import { sketchMetadata, expectToFind, see } from './describe-detector-models.ts';
import { freeScore, freeSketch } from '../operators/detect/models/free-sketch.ts';
import { withMetadata } from '../operators/detect/models/model-sketch.ts';

let folder: string;
let count = 0;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'lifelens-shapes-'))));
afterAll(() => rmSync(folder, { recursive: true }));

forbidTelemetry();
const sessions = new OnnxSessions(loadOnnxRuntime(findOnnxRuntime()!), 'cpu', 1);

async function load(
  bytes: Uint8Array,
  views: ViewPlan | 'auto' = 128,
  shape: 'own' | 'square' = 'own',
): Promise<FileDetector> {
  const path = join(folder, `model-${count++}.onnx`);
  writeFileSync(path, bytes);
  return openOnnxDetector(sessions, { path, format: 'auto', names: null, shape }, views);
}

const free = ['H', 'W'];

describe.each([
  ['yolov8', 'centre', freeScore],
  ['yolox', 'corner', 0.9],
] as const)('a %s detector of any width and height', (format, anchor, objectness) => {
  const bytes = (more = {}, sides: readonly (number | string)[] = free) =>
    withMetadata(freeSketch(format, sides), { ...sketchMetadata, ...more });
  const letterbox = { anchor, ground: 114 };

  it('has views in the picture’s own shape, in multiples of 32, and finds the object', async () => {
    const engine = await load(bytes());
    expect(engine.viewSize).toEqual({ shape: 'own', side: 128, letterbox });
    const { viewSize } = await see(engine);
    expect(viewSize).toEqual({ width: 160, height: 96, fit: 'letterbox', ...letterbox });
    await expectToFind(engine, freeScore, objectness);
  });

  it('finds the same in views of other shapes, by turns', async () => {
    const engine = await load(bytes());
    const found = [];
    for (const [width, height] of [
      [128, 128],
      [160, 96],
      [128, 128],
      [96, 160],
    ] as const) {
      const view = { width, height, fit: 'letterbox', ...letterbox } as const;
      const { observations } = await see(engine, true, view);
      found.push(observations.map(({ baseClass }) => baseClass));
    }
    expect(found).toEqual([['red thing'], ['red thing'], ['red thing'], ['red thing']]);
    await engine.close();
  });

  it('refuses views that are not of its plan', async () => {
    const engine = await load(bytes());
    for (const [width, height] of [
      [160, 160],
      [144, 96],
    ] as const) {
      const view = { width, height, fit: 'letterbox', ...letterbox } as const;
      await expect(see(engine, true, view)).rejects.toThrow(RangeError);
    }
    await expect(see(engine, true, 128)).rejects.toThrow(RangeError);
    await engine.close();
  });

  it.each([
    ['squares are asked for', {}, free, 128, 'square', 128, 128],
    ['its size is fixed', {}, [128, 128], 'auto', 'own', 128, 128],
    ['one side is fixed', {}, ['H', 128], 128, 'own', 128, 128],
    ['its metadata says a rectangle', { imgsz: '[96, 160]' }, free, 'auto', 'own', 160, 96],
    ['its stride is larger', { stride: '64' }, free, 128, 'own', 128, 128],
    ['no other shape has as many pixels', {}, free, 96, 'own', 96, 96],
  ] as const)(
    'keeps one canvas where %s',
    async (_case, metadata, sides, views, shape, width, height) => {
      const engine = await load(bytes(metadata, sides), views, shape);
      expect(engine.viewSize).toEqual({ width, height, fit: 'letterbox', ...letterbox });
      await expectToFind(engine, freeScore, objectness);
    },
  );
});

it('a graph that needs its square after all keeps it, though its input says any size', async () => {
  const cells = 16 ** 2 + 8 ** 2 + 4 ** 2;
  const engine = await load(withMetadata(freeSketch('yolov8', free, cells), sketchMetadata));
  expect(engine.viewSize).toMatchObject({ width: 128, height: 128, fit: 'letterbox' });
  await expectToFind(engine, freeScore);
});

it('a graph of a stride of 64 that its metadata does not say keeps its square', async () => {
  const sketch = withMetadata(freeSketch('yolov8', free, null, [8, 16, 32, 64]), sketchMetadata);
  // Where the view of a wide picture is 320 × 192, which it takes, and that of 4 : 3 288 × 224.
  const engine = await load(sketch, 256);
  expect(engine.viewSize).toMatchObject({ width: 256, height: 256, fit: 'letterbox' });
});

it('runs once for a view of a shape that it was tried at on opening', async () => {
  const engine = await load(withMetadata(freeSketch('yolov8', free), sketchMetadata));
  const runs = vi.spyOn(sessions, 'run');
  await see(engine);
  expect(runs).toHaveBeenCalledTimes(1);
  runs.mockRestore();
  await engine.close();
});

it('says which views a model does not take that takes others of its plan', async () => {
  const engine = await load(withMetadata(freeSketch('yolov8', free), sketchMetadata));
  const run = vi.spyOn(sessions, 'run').mockRejectedValue(new Error('no such shape'));
  const side = { width: 128, height: 128 };
  const square = { ...side, fit: 'letterbox', anchor: 'centre', ground: 114 } as const;
  await expect(see(engine, true, square)).rejects.toMatchObject({
    code: 'bad-model',
    message: expect.stringMatching(
      /does not take views of 128 × 128 pixels.*such shape/s,
    ) as string,
  });
  run.mockRestore();
  await engine.close();
});
