import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTfjsEngine } from '../../../../operators/detect/engines/tfjs/tfjs-engine.ts';
import { builtInModels } from '../../../../operators/detect/engines/engine-models.ts';
import { EngineError } from '../../../../operators/detect/engines/engine-error.ts';
import { graphBytesMax } from '../../../../operators/detect/models/tfjs/graph-model-file.ts';
import { shardsMax } from '../../../../operators/detect/models/tfjs/read-weights.ts';
import { squareOf } from '../../../../operators/ingest/frames/view-plan.ts';
import { asGraphModel, graphJson, writeGraphModel } from './graph-model-sketch.ts';
import { sketchedFormats, sketchModel, sketchNames } from './sketched-formats.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'lifelens-graphs-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const yolox = () => asGraphModel(sketchModel(sketchedFormats[0]!, { channelsLast: true }));
let count = 0;
const ownFolder = () => join(folder, `model-${count++}`);

async function load(path: string, names: string | null = null) {
  const models = { ...builtInModels, detector: { path, format: 'auto' as const, names } };
  return loadTfjsEngine({ provider: 'wasm', models });
}

async function failureAt(path: string): Promise<EngineError> {
  try {
    await (await load(path)).close();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error('expected it not to load');
}

/** The failure of a model.json in which parts are others. */
function failureOf(change: Readonly<Record<string, unknown>>): Promise<EngineError> {
  const model = yolox();
  return failureAt(writeGraphModel(ownFolder(), model, { ...graphJson(model), ...change }));
}

const group = (paths: readonly string[]) => ({
  weightsManifest: [{ paths, weights: yolox().weights }],
});

describe('folders that hold no GraphModel', () => {
  it('names a file that is missing, or a folder in its place', async () => {
    const path = join(folder, 'nowhere', 'model.json');
    const error = await failureAt(path);
    expect([error.code, error.message]).toEqual([
      'bad-model',
      `${path}: the GraphModel can't be read: no such file`,
    ]);
    const own = join(folder, 'folder.json');
    mkdirSync(own);
    expect((await failureAt(own)).message).toContain("can't be read");
  });

  it.each([
    ['', 'expected the model.json of a TensorFlow.js GraphModel'],
    ['{"format":', 'expected the model.json of a TensorFlow.js GraphModel'],
    ['[]', 'expected the model.json of a TensorFlow.js GraphModel'],
    ['{"format": "layers-model"}', 'not a layers model'],
    ['{"format": "graph-model"}', 'modelTopology'],
  ])('refuses %j', async (text, message) => {
    const own = ownFolder();
    mkdirSync(own);
    writeFileSync(join(own, 'model.json'), text);
    const error = await failureAt(join(own, 'model.json'));
    expect([error.code, error.message]).toEqual(['bad-model', expect.stringContaining(message)]);
  });

  it('refuses a model.json beyond the bound before reading it', async () => {
    const own = ownFolder();
    mkdirSync(own);
    writeFileSync(join(own, 'model.json'), Buffer.alloc(graphBytesMax + 1, ' '));
    const { message } = await failureAt(join(own, 'model.json'));
    expect(message).toContain(`expected at most ${graphBytesMax} bytes`);
  });

  it.each([
    '../secret.bin',
    'a/../../secret.bin',
    '/etc/passwd',
    '..',
    '',
    'http://example.com/group1.bin',
    'file:///etc/passwd',
    'C:\\weights.bin',
    'a\u0000b',
  ])('refuses weights in %j', async (path) => {
    const { code, message } = await failureOf(group([path]));
    expect([code, message]).toEqual([
      'bad-model',
      expect.stringContaining('expected its weights in files beside it'),
    ]);
  });

  it('names a file of weights that is missing', async () => {
    const { message } = await failureOf(group(['group1-shard2of2.bin']));
    expect(message).toMatch(/its weights in .*group1-shard2of2.bin can't be read: ENOENT/);
  });

  it('refuses a pipe as model.json or as weights, and does not wait for it', async () => {
    const path = writeGraphModel(ownFolder(), yolox());
    for (const name of ['group1-shard1of1.bin', 'model.json']) {
      const file = join(path, '..', name);
      rmSync(file);
      execFileSync('mkfifo', [file]);
      expect((await failureAt(path)).message).toMatch(/can't be read: it is no file/);
    }
  });

  it('refuses weights that a link leads out of the folder to', async () => {
    const path = writeGraphModel(ownFolder(), yolox());
    const weights = join(path, '..', 'group1-shard1of1.bin');
    const elsewhere = join(folder, 'elsewhere.bin');
    renameSync(weights, elsewhere);
    symlinkSync(elsewhere, weights);
    expect((await failureAt(path)).message).toMatch(/it is a link out of the folder/);
  });

  it('refuses more files of weights than the bound', async () => {
    const paths = Array.from({ length: shardsMax + 1 }, (_, i) => `${i}.bin`);
    const { message } = await failureOf(group(paths));
    expect(message).toContain(`expected at most ${shardsMax} files of weights`);
  });

  it('refuses weights that are cut off, or too many', async () => {
    const bytes = yolox().data.reduce((sum, { byteLength }) => sum + byteLength, 0);
    for (const length of [0, bytes - 1, bytes + 1]) {
      const model = yolox();
      const path = writeGraphModel(ownFolder(), model);
      writeFileSync(join(path, '..', 'group1-shard1of1.bin'), Buffer.alloc(length));
      const { message } = await failureAt(path);
      expect(message).toContain(`bytes of weights in group1-shard1of1.bin, not ${length}`);
    }
  });

  it('refuses operations that TensorFlow.js does not have, and lists inputs and outputs', async () => {
    const model = yolox();
    const nodes = model.nodes.map((node) => (node.op === 'Abs' ? { ...node, op: 'None' } : node));
    const json = { ...graphJson(model), modelTopology: { node: nodes } };
    const { code, message } = await failureAt(writeGraphModel(ownFolder(), model, json));
    expect(code).toBe('bad-model');
    expect(message).toContain('input images: float32 [1, 64, 64, 3]');
  });

  it('refuses a task other than detection by the metadata beside it', async () => {
    const path = writeGraphModel(ownFolder(), yolox());
    writeFileSync(join(path, '..', 'metadata.yaml'), 'task: pose\nstride: 32\n');
    expect((await failureAt(path)).message).toContain('its metadata says that its task is pose');
  });

  it('says where metadata beside it cannot be read', async () => {
    const path = writeGraphModel(ownFolder(), yolox());
    writeFileSync(join(path, '..', 'metadata.yaml'), 'names: [a, b\n');
    expect((await failureAt(path)).message).toMatch(/metadata.yaml: the metadata can't be read/);
  });
});

describe('GraphModels in other forms', () => {
  it('are read with weights in several files, and with names of their own', async () => {
    const model = yolox();
    const names = { userDefinedMetadata: { names: Object.fromEntries(sketchNames.entries()) } };
    const data = Buffer.concat(model.data);
    const own = ownFolder();
    const paths = ['group1-shard1of2.bin', 'group1-shard2of2.bin'];
    const weightsManifest = [{ paths, weights: model.weights }];
    const path = writeGraphModel(own, model, { ...graphJson(model), weightsManifest, ...names });
    writeFileSync(join(own, paths[0]!), data.subarray(0, 1001));
    writeFileSync(join(own, paths[1]!), data.subarray(1001));
    const engine = await load(path);
    expect(engine.baseClasses).toEqual(sketchNames);
    expect(engine.detectorText).toContain(`model-${count - 1}/model.json`);
    await engine.close();
  });

  it('are read where a cache keeps model.json and weights as links to one folder', async () => {
    const cache = ownFolder();
    const model = yolox();
    writeGraphModel(cache, model, withNames(model));
    const own = ownFolder();
    mkdirSync(own);
    for (const name of ['group1-shard1of1.bin', 'model.json'])
      symlinkSync(join(cache, name), join(own, name));
    const engine = await load(join(own, 'model.json'));
    expect(engine.baseClasses).toEqual(sketchNames);
    await engine.close();
  });

  it('are read without a signature, by placeholders and nodes that nothing reads', async () => {
    const model = yolox();
    const { signature: _, ...json } = graphJson(model);
    const names = join(folder, 'names.txt');
    writeFileSync(names, sketchNames.join('\n'));
    const engine = await load(writeGraphModel(ownFolder(), model, json), names);
    expect(engine.sight.detector).toMatch(/^yolox /);
    await engine.close();
  });

  it('leave no tensors behind, neither by frames nor once closed', async () => {
    const before = await load(writeGraphModel(ownFolder(), yolox(), withNames(yolox())));
    const viewSize = squareOf(before.viewSize);
    const view = new Uint8Array(64 * 64 * 3).fill(90);
    await before.detect(view, viewSize, 10);
    const { tensors } = before;
    for (let i = 0; i < 5; i++) await before.detect(view, viewSize, 10);
    expect(before.tensors).toBe(tensors);
    await before.close();
    expect(before.tensors).toBe(0);
  });
});

function withNames(model: ReturnType<typeof yolox>): Record<string, unknown> {
  return {
    ...graphJson(model),
    userDefinedMetadata: { names: Object.fromEntries(sketchNames.entries()) },
  };
}
