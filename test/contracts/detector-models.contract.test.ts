import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { denseLatentLength } from '../../operators/detect/engines/engine.ts';
import type { FileDetector } from '../../operators/detect/models/file-detector.ts';
import { forbidTelemetry } from '../../operators/detect/engines/onnx/forbid-telemetry.ts';
import {
  findOnnxRuntime,
  loadOnnxRuntime,
} from '../../operators/detect/engines/onnx/onnx-runtime.ts';
import { OnnxSessions } from '../../operators/detect/engines/onnx/onnx-sessions.ts';
import { loadTfjsEngine } from '../../operators/detect/engines/tfjs/tfjs-engine.ts';
import type { DetectorFile } from '../../operators/detect/models/detector-file.ts';
import { openOnnxDetector } from '../../operators/detect/models/onnx/open-onnx-detector.ts';
import { observe } from '../../operators/detect/observe.ts';
import type { Box } from '../../operators/foundation/geometry/box.ts';
import { canvasOf, viewBytes } from '../../operators/ingest/frames/view-size.ts';
import { ViewMaker } from '../../operators/ingest/pictures/view-maker.ts';
import {
  inFloat16,
  ofVersion,
  quantised,
  sketchColours,
  sketchSide,
  withMetadata,
} from '../operators/detect/models/model-sketch.ts';
import {
  sketchedFormats,
  sketchModel,
  sketchNames,
} from '../operators/detect/models/sketched-formats.ts';
import { builtInModels } from '../../operators/detect/engines/engine-models.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'lifelens-models-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const metadata = { names: `{0: 'bolt', 1: 'nut', 2: "red thing", 3: 'washer', 4: 'wire'}` };

function write(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name.replace(/[^\w.-]+/g, '-'));
  writeFileSync(path, bytes);
  return path;
}

function detectorOf(bytes: Uint8Array, more: Partial<DetectorFile> = {}): DetectorFile {
  return { path: write('model.onnx', bytes), format: 'auto', names: null, ...more };
}

forbidTelemetry();
const sessions = new OnnxSessions(loadOnnxRuntime(findOnnxRuntime()!), 'cpu', 1);

function load(detector: DetectorFile, viewSize: number | 'auto' = 'auto'): Promise<FileDetector> {
  return openOnnxDetector(sessions, detector, viewSize);
}

/** A wide picture with an object in it. */
const picture = { width: 256, height: 128 };
const object: Box = [96, 32, 192, 96];

/** RGB of the picture, with an object or without. */
function draw(hasObject: boolean): Uint8Array {
  const { width, height } = picture;
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isInside = x >= object[0] && x < object[2] && y >= object[1] && y < object[3];
      rgb.set(sketchColours[isInside && hasObject ? 'object' : 'ground'], (y * width + x) * 3);
    }
  }
  return rgb;
}

async function see(engine: FileDetector, hasObject = true) {
  const { width: sourceWidth, height: sourceHeight } = picture;
  const { viewSize } = engine;
  const view = new Uint8Array(viewBytes(viewSize));
  new ViewMaker().run(draw(hasObject), sourceWidth, sourceHeight, viewSize, view);
  const peaks = await engine.detect(view, viewSize, 20);
  const observations = observe(peaks, { viewSize, sourceWidth, sourceHeight }, engine.baseClasses);
  return { view, peaks, observations };
}

/** Loads a detector, and expects it to find the object. */
async function expectToFind(detector: DetectorFile, score: number, objectness = score) {
  const engine = await load(detector);
  try {
    const { peaks, observations } = await see(engine);
    expect(observations).toHaveLength(1);
    const [found] = observations;
    expect(found!.baseClass).toBe('red thing');
    expect(found!.baseScore).toBeCloseTo(score, 2);
    expect(found!.objectness).toBeCloseTo(objectness, 2);
    // Within a pixel of the view, of which one is four of the picture.
    for (const [i, edge] of object.entries()) {
      expect(Math.abs(found!.box[i]! - edge), `edge ${i} of ${found!.box.join()}`).toBeLessThan(
        4.1,
      );
    }
    expect(peaks.isSuppressed).toBe(true);
    expect((await see(engine, false)).observations).toEqual([]);
    return engine.id;
  } finally {
    await engine.close();
  }
}

describe.each(sketchedFormats)('detector contract: $name', (sketched) => {
  const { format, score, objectness, fit, anchor = 'corner', input } = sketched;
  const named = (bytes = sketchModel(sketched)) => withMetadata(bytes, metadata);

  it('is recognised, and finds the object in a letterboxed or stretched picture', async () => {
    const bytes = named();
    expect(bytes.length).toBeLessThan(100_000);
    const id = await expectToFind(detectorOf(bytes), score, objectness);
    expect(id).toMatch(new RegExp(`^${format} [0-9a-f]{12} [0-9a-f]{8}$`));
  });

  it('makes views as its family is trained', async () => {
    const engine = await load(detectorOf(named()));
    const canvas = canvasOf(engine.viewSize);
    expect(canvas).toMatchObject({ width: sketchSide, height: sketchSide, fit });
    if (fit === 'letterbox') expect(canvas).toMatchObject({ anchor, ground: 114 });
    expect(engine.baseClasses).toEqual(sketchNames);
    await engine.close();
  });

  it.runIf(input.type === 'float32')('is read with 16-bit input and outputs', async () => {
    await expectToFind(detectorOf(inFloat16(named())), score, objectness);
  });

  it.runIf(input.type === 'float32')('is read with quantised values', async () => {
    const [first] = input.scale;
    const bytes = quantised(named(), first === 1 ? 2 : first * 2, first === 1 ? -128 : -64);
    await expectToFind(detectorOf(bytes), score, objectness);
  });

  it('is read at a size that is left open', async () => {
    const detector = detectorOf(withMetadata(sketchModel(sketched, { isFree: true }), metadata));
    const engine = await load(detector, sketchSide);
    expect((await see(engine)).observations).toHaveLength(1);
    await engine.close();
    await expect(load(detector, 72)).rejects.toThrow('multiples of 32');
  });

  it('takes the size that its metadata says where its own is open', async () => {
    const bytes = sketchModel(sketched, { isFree: true });
    const engine = await load(detectorOf(withMetadata(bytes, { ...metadata, imgsz: '[64, 64]' })));
    expect(canvasOf(engine.viewSize)).toMatchObject({ width: 64, height: 64 });
    await engine.close();
  });

  it('refuses another size than its own', async () => {
    await expect(load(detectorOf(named()), 96)).rejects.toThrow(
      'its input is 64 × 64 pixels, not 96',
    );
  });

  it('proposes the object to learning, with evidence for its class', async () => {
    const engine = await load(detectorOf(named()));
    const { view } = await see(engine);
    const maps = await engine.dense(view, engine.viewSize);
    expect(maps.count).toBeGreaterThan(0);
    expect(maps.baseHeat[0]).toBeCloseTo(objectness ?? score, 2);
    expect(maps.baseClass[0]).toBe(2);
    expect(maps.latents).toHaveLength(maps.count * denseLatentLength);
    expect(maps.latents[2]).toBeCloseTo(Math.log(score / (1 - score)) / 8, 1);
    expect(maps.latents.every((value) => Math.abs(value) <= 2)).toBe(true);
    await engine.close();
  });

  it('adds learned objectness, and loses nothing by it', async () => {
    const engine = await load(detectorOf(named()));
    const before = (await see(engine)).peaks;
    const weights = new Float32Array(denseLatentLength);
    weights[127] = 0.95;
    engine.setObjectness({ weights, bias: 0 });
    const after = (await see(engine)).peaks;
    expect(after.objectness[0]).toBeCloseTo(0.95);
    expect([...after.cells]).toEqual(expect.arrayContaining([...before.cells]));
    await engine.close();
  });

  it('refuses a view of another kind', async () => {
    const engine = await load(detectorOf(named()));
    await expect(engine.detect(new Uint8Array(32 * 32 * 3), 32, 5)).rejects.toThrow(RangeError);
    await engine.close();
  });

  it('takes names from a file', async () => {
    const bytes = sketchModel(sketched);
    for (const [name, text] of [
      ['names.txt', sketchNames.join('\n')],
      ['names.json', JSON.stringify(sketchNames)],
      ['object.json', JSON.stringify(Object.fromEntries(sketchNames.entries()))],
      [
        'data.yaml',
        `path: .\nnames:\n${sketchNames.map((each, i) => `  ${i}: ${each}\n`).join('')}`,
      ],
      ['list.yaml', `names: ${JSON.stringify(sketchNames)}`],
    ] as const) {
      await expectToFind(
        detectorOf(bytes, { names: write(name, text), format }),
        score,
        objectness,
      );
    }
  });

  it('says how many names it needs where none are known', async () => {
    const failing = load(detectorOf(sketchModel(sketched), { format }));
    const needed =
      sketched.isListed === true ? 'class names are needed' : /[45] class names are needed/;
    await expect(failing).rejects.toMatchObject({ code: 'bad-model' });
    await expect(failing).rejects.toThrow(needed);
  });

  it('is an error on TensorFlow.js, which reads other files', async () => {
    const models = { ...builtInModels, detector: detectorOf(named()) };
    const failing = loadTfjsEngine({ provider: 'wasm', models });
    await expect(failing).rejects.toThrow('ONNX files need the engine onnx');
  });
});

describe('operator sets and files', () => {
  const [sketched] = sketchedFormats;

  it('is the same model under another name, and another with other classes', async () => {
    const listed = sketchedFormats.find(({ isListed }) => isListed === true)!;
    const bytes = withMetadata(sketchModel(listed), metadata);
    const more = write('more.txt', [...sketchNames, 'one more'].join('\n'));
    const files: DetectorFile[] = [
      detectorOf(bytes),
      detectorOf(bytes, { path: write('copy.onnx', bytes) }),
      detectorOf(bytes, { names: more }),
    ];
    const engines = await Promise.all(files.map((file) => load(file)));
    const [id, copied, other] = engines.map((engine) => engine.id);
    expect(copied).toBe(id);
    expect(other).not.toBe(id);
    expect(engines[1]!.text).toContain('copy.onnx');
    for (const engine of engines) await engine.close();
  });

  it.each([
    [7, 3],
    [9, 4],
    [11, 6],
    [13, 7],
    [17, 8],
    [18, 9],
    [21, 10],
  ])('reads operator set %i of format %i', async (set, ir) => {
    const bytes = ofVersion(withMetadata(sketchModel(sketched!), metadata), set, ir);
    await expectToFind(detectorOf(bytes), sketched!.score, sketched!.objectness);
  });
});
