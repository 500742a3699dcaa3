import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import onnxProto from 'onnx-proto';
import { builtInModels } from '../../../../operators/detect/engines/engine-models.ts';
import { chooseEngine } from '../../../../operators/detect/engines/choose-engine.ts';
import { EngineError } from '../../../../operators/detect/engines/engine-error.ts';
import type { DetectorFormat } from '../../../../operators/detect/models/detector-file.ts';
import { edit, ModelSketch, sketchCells, withMetadata } from './model-sketch.ts';
import { sketchedFormats, sketchModel, sketchNames } from './sketched-formats.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'lifelens-models-'))));
afterAll(() => rmSync(folder, { recursive: true }));

async function failureOf(
  bytes: Uint8Array | string,
  format: DetectorFormat | 'auto' = 'auto',
): Promise<EngineError> {
  const path = join(folder, 'model.onnx');
  writeFileSync(path, bytes);
  return failureAt(path, format);
}

async function failureAt(path: string, format: DetectorFormat | 'auto' = 'auto') {
  const models = { ...builtInModels, detector: { path, format, names: null } };
  try {
    const { engine } = await chooseEngine('onnx', { threads: 1, models });
    await engine.close();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error('expected it not to load');
}

const yolox = (): Uint8Array => sketchModel(sketchedFormats[0]!);
const input = { type: 'float32', colour: 'rgb', scale: [1, 1, 1], offset: [0, 0, 0] } as const;

/** A model with an output of constants. */
function constant(shape: readonly number[], value: (index: number) => number): Uint8Array {
  const sketch = new ModelSketch();
  const { found } = sketch.find(input);
  const count = shape.reduce((product, side) => product * side, 1);
  const values = sketch.floats(
    Array.from({ length: count }, (_, i) => value(i)),
    shape,
  );
  // Something has to depend on the input.
  sketch.output('out', sketch.sum(values, sketch.times(found, 0)), shape);
  return sketch.graph.encode();
}

describe('files that are no detector', () => {
  it.each([['missing', join('nowhere', 'model.onnx')]])(
    'names a file that is %s',
    async (_, path) => {
      const error = await failureAt(path);
      expect(error.code).toBe('bad-model');
      expect(error.message).toContain(path);
    },
  );

  it('refuses a file cut off anywhere', async () => {
    const bytes = withMetadata(yolox(), { names: JSON.stringify(sketchNames) });
    for (const share of [0, 0.1, 0.5, 0.9, 0.999]) {
      const error = await failureOf(bytes.subarray(0, Math.floor(bytes.length * share)));
      expect(error.code, error.message).toBe('bad-model');
      expect(error.message).toContain('model.onnx');
    }
  });

  it('refuses files of other kinds', async () => {
    for (const text of [
      '',
      'PK\u0003\u0004',
      '{"format":"graph-model"}',
      'version https://git-lfs',
    ])
      expect((await failureOf(text)).code).toBe('bad-model');
  });

  it('refuses weights in another file with words', async () => {
    const bytes = edit(yolox(), (model) => {
      const [first] = model.graph!.initializer!;
      delete first!.rawData;
      first!.dataLocation = onnxProto.onnx.TensorProto.DataLocation.EXTERNAL;
      first!.externalData = [{ key: 'location', value: 'weights.bin' }];
    });
    expect((await failureOf(bytes)).message).toMatch(/lie in another file: export it as one file/);
  });

  it('refuses operators before set 7', async () => {
    const bytes = edit(yolox(), (model) => {
      model.opsetImport = [{ domain: '', version: 6 }];
    });
    expect((await failureOf(bytes)).message).toContain('expected operator set 7 or later, not 6');
  });

  it('refuses operators that the runtime does not have', async () => {
    const bytes = edit(yolox(), (model) => {
      model.graph!.node![0]!.opType = 'NoSuchOperation';
    });
    expect((await failureOf(bytes)).message).toMatch(/ONNX Runtime does not open it/);
  });

  it.each(['pose', 'obb', 'classify'])('refuses a model whose task is %s', async (task) => {
    const error = await failureOf(withMetadata(yolox(), { task }));
    expect(error.message).toContain(`its metadata says that its task is ${task}`);
  });
});

describe('models that are not understood', () => {
  it('lists inputs and outputs with shapes and types, and what was expected', async () => {
    const error = await failureOf(constant([1, 1000], () => 0.1));
    expect(error.code).toBe('bad-model');
    expect(error.message).toContain('input images: float32 [1, 3, 64, 64]');
    expect(error.message).toContain('output out: float32 [1, 1000]');
    expect(error.message).toContain('end-to-end: one output [1, N, 6] of corners, score and class');
  });

  it('prints both readings where two remain, and says what to set', async () => {
    // Decoded rows on a grid, of 4 + 8 or 5 + 7 values.
    const bytes = constant([1, sketchCells, 12], (i) => {
      const [row, column] = [Math.floor(i / 12), i % 12];
      const [first, side, stride] = row < 64 ? [0, 8, 8] : row < 80 ? [64, 4, 16] : [80, 2, 32];
      const cell = row - first;
      const place = [cell % side, Math.floor(cell / side)];
      return column < 2 ? (place[column]! + 0.5) * stride : column < 4 ? stride : 0;
    });
    const error = await failureOf(bytes);
    expect(error.message).toContain('can be read in 2 ways; set detect.format to one of');
    expect(error.message).toContain('yolox: [1, N, 5 + 7], decoded');
    expect(error.message).toContain('yolov8: [1, N, 4 + 8], in view pixels');
    expect((await failureOf(bytes, 'yolov8')).message).toContain('8 class names are needed');
    expect((await failureOf(bytes, 'yolox')).message).toContain('7 class names are needed');
  });

  it('says what a format looks like that was said wrongly', async () => {
    const error = await failureOf(yolox(), 'ssd');
    expect(error.message).toContain(
      'ssd: boxes [1, N, 4], scores [1, N], classes [1, N] and number [1]',
    );
    expect(error.message).not.toContain('rf-detr:');
  });

  it('refuses inputs that are no picture', async () => {
    const sketch = new ModelSketch();
    sketch.graph.input('tokens', 'int64', [1, 77]);
    sketch.output('out', 'tokens', [1, 77], 'int64');
    expect((await failureOf(sketch.graph.encode())).message).toContain(
      'expected one input of four dimensions, a picture\n  input tokens: int64 [1, 77]',
    );
  });

  it('refuses a batch of more than one picture', async () => {
    const bytes = edit(yolox(), (model) => {
      model.graph!.input![0]!.type!.tensorType!.shape!.dim![0]!.dimValue = 8;
    });
    expect((await failureOf(bytes)).message).toContain(
      'expected a batch of 1 or of any size, not of 8',
    );
  });
});

describe('DAMO-YOLO, whose outputs look like those of YOLO-NAS', () => {
  const pair = (isNas: boolean): Uint8Array => {
    const sketch = new ModelSketch();
    const { found } = sketch.find(input);
    const [rows, none] = [sketchCells, sketch.times(found, 0)];
    const table = (width: number, value: number) =>
      sketch.sum(
        sketch.floats(new Array<number>(rows * width).fill(value), [1, rows, width]),
        none,
      );
    const [boxes, scores] = [table(4, 20), table(5, 0.01)];
    const outputs = [
      ['boxes', boxes, 4],
      ['output', scores, 5],
    ] as const;
    for (const [name, value, width] of isNas ? outputs : outputs.toReversed())
      sketch.output(name, value, [1, rows, width]);
    return sketch.graph.encode();
  };

  it('is not taken for it, unless the format is said', async () => {
    expect((await failureOf(pair(true))).message).toContain('5 class names are needed');
    expect((await failureOf(pair(false))).message).toContain('those of no known detector');
    expect((await failureOf(pair(false), 'yolo-nas')).message).toContain('5 class names');
  });
});

describe('lists of seven values', () => {
  const sketch = (name: string): Uint8Array => {
    const model = new ModelSketch();
    const { found } = model.find(input);
    const none = model.graph.op('NonZero', [found]);
    const rows = model.graph.op('Transpose', [none], { perm: [1, 0] });
    const count = model.graph.op('Gather', [
      model.graph.op('Shape', [rows]),
      model.graph.integers('first', [0]),
    ]);
    const shape = model.graph.op('Concat', [count, model.graph.integers('seven', [7])], {
      axis: 0,
    });
    model.output(name, model.graph.op('Expand', [model.floats([0.5], [1, 1]), shape]), ['N', 7]);
    return model.graph.encode();
  };

  it('are told apart by name where they are empty, or not at all', async () => {
    expect((await failureOf(sketch('graph2_flat_predictions'))).message).toContain('class names');
    expect((await failureOf(sketch('output'))).message).toContain('class names');
    const { message } = await failureOf(sketch('detections'));
    expect(message).toContain('end-to-end: [N, 7], picture, corners in view pixels, class, score');
    expect(message).toContain('yolo-nas: [N, 7], picture, corners in view pixels, score, class');
  });
});
