import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { FileDetector } from '../../operators/detect/models/file-detector.ts';
import { forbidTelemetry } from '../../operators/detect/engines/onnx/forbid-telemetry.ts';
import {
  findOnnxRuntime,
  loadOnnxRuntime,
} from '../../operators/detect/engines/onnx/onnx-runtime.ts';
import { OnnxSessions } from '../../operators/detect/engines/onnx/onnx-sessions.ts';
import { startTfjsBackend } from '../../operators/detect/engines/tfjs/tfjs-backend.ts';
import type { TfjsCore } from '../../operators/detect/engines/tfjs/tfjs-model.ts';
import type { DetectorFile } from '../../operators/detect/models/detector-file.ts';
import { parseNames } from '../../operators/detect/models/names/parse-names.ts';
import { openOnnxDetector } from '../../operators/detect/models/onnx/open-onnx-detector.ts';
import { openTfjsDetector } from '../../operators/detect/models/tfjs/open-tfjs-detector.ts';
import { asGraphModel, writeGraphModel } from '../operators/detect/models/graph-model-sketch.ts';
import {
  inFloat16,
  ofVersion,
  quantised,
  withMetadata,
} from '../operators/detect/models/model-sketch.ts';
import {
  sketchedFormats,
  sketchModel,
  sketchNames,
} from '../operators/detect/models/sketched-formats.ts';
import { suppressedSsd, suppressedYolov5 } from '../operators/detect/models/suppressed-sketches.ts';
import {
  describeDetectorModel,
  expectToFind,
  sketchMetadata,
  type ModelKit,
} from './describe-detector-models.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'lifelens-models-'))));
afterAll(() => rmSync(folder, { recursive: true }));

forbidTelemetry();
const sessions = new OnnxSessions(loadOnnxRuntime(findOnnxRuntime()!), 'cpu', 1);

const onnx: ModelKit = {
  write: (own, sketched, input, metadata) => {
    const path = join(own, 'model.onnx');
    writeFileSync(path, withMetadata(sketchModel(sketched, input), metadata));
    return path;
  },
  load: (detector, viewSize = 'auto') => openOnnxDetector(sessions, detector, viewSize),
};

let core: TfjsCore;
beforeAll(async () => {
  ({ core } = await startTfjsBackend('wasm'));
});

/** Models of TensorFlow have their channels last, and Ultralytics' metadata beside them. */
const tfjs: ModelKit = {
  write: (own, sketched, input, metadata) => {
    if (Object.keys(metadata).length > 0) {
      const values = Object.entries(metadata).map(([key, value]) =>
        key === 'names'
          ? [key, Object.fromEntries((parseNames(value) ?? []).entries())]
          : [key, JSON.parse(value) as unknown],
      );
      writeFileSync(join(own, 'metadata.yaml'), stringify(Object.fromEntries(values)));
    }
    const model = asGraphModel(sketchModel(sketched, { channelsLast: true, ...input }));
    return writeGraphModel(own, sketched.edit?.(model) ?? model);
  },
  load: (detector, viewSize = 'auto') => openTfjsDetector(core, detector, viewSize),
};

for (const sketched of sketchedFormats)
  describeDetectorModel(`ONNX, ${sketched.name}`, sketched, onnx, () => folder);

/** Exporters of these write no GraphModels. */
const elsewhere = ['yolo-nas, a flat list', 'rt-detr, labels, boxes and scores'];
const inTfjs = sketchedFormats.filter(({ name }) => !elsewhere.includes(name));
for (const sketched of [...inTfjs, suppressedSsd, suppressedYolov5])
  describeDetectorModel(`GraphModel, ${sketched.name}`, sketched, tfjs, () => folder);

let count = 0;
async function load(
  bytes: Uint8Array,
  more: Partial<DetectorFile> = {},
  name = `model-${count++}.onnx`,
): Promise<FileDetector> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return onnx.load({ path, format: 'auto', names: null, ...more });
}

describe.each(sketchedFormats.filter(({ input }) => input.type === 'float32'))(
  'types of numbers: $name',
  (sketched) => {
    const { score, objectness, input } = sketched;
    const named = withMetadata(sketchModel(sketched), sketchMetadata);

    it('is read with 16-bit input and outputs', async () => {
      await expectToFind(await load(inFloat16(named)), score, objectness);
    });

    it('is read with quantised values', async () => {
      const [first] = input.scale;
      const bytes = quantised(named, first === 1 ? 2 : first * 2, first === 1 ? -128 : -64);
      await expectToFind(await load(bytes), score, objectness);
    });
  },
);

describe('operator sets and files', () => {
  const [sketched] = sketchedFormats;

  it('is the same model under another name, and another with other classes', async () => {
    const listed = sketchedFormats.find(({ isListed }) => isListed === true)!;
    const bytes = withMetadata(sketchModel(listed), sketchMetadata);
    const names = join(folder, 'more.txt');
    writeFileSync(names, [...sketchNames, 'one more'].join('\n'));
    const engines = [
      await load(bytes),
      await load(bytes, {}, 'copy.onnx'),
      await load(bytes, { names }),
    ];
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
    const bytes = ofVersion(withMetadata(sketchModel(sketched!), sketchMetadata), set, ir);
    await expectToFind(await load(bytes), sketched!.score, sketched!.objectness);
  });
});
