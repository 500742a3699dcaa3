import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stride, type Engine, type Peaks } from '../../operators/detect/engines/engine.ts';
import { gridOf } from '../../operators/detect/engines/grid-of.ts';
import { loadOnnxEngine } from '../../operators/detect/engines/onnx/onnx-engine.ts';
import { pickPeaks } from '../../operators/detect/engines/peaks.ts';
import { loadTfjsEngine } from '../../operators/detect/engines/tfjs/tfjs-engine.ts';
import { type Box, intersectionOverUnion } from '../../operators/foundation/geometry/box.ts';
import { drawEmojiScene } from '../operators/detect/emoji-scene.ts';

// The built-in detector on canvases that are no squares, on every engine.
const size = 256;
/** Side of the scene, which lies in the middle of each canvas. */
const inner = 192;
const peaksMax = 60;
const tolerance = { boxes: 0.02, latents: 1e-3 };

// A project with @tensorflow/tfjs-node-gpu, as deploy/tfjs/build-addon.sh makes one.
const project = process.env['LIFELENS_TEST_TFJS'];
const onnx = () => loadOnnxEngine({ threads: 1, provider: 'cpu' });
const engines: readonly { readonly name: string; readonly load: () => Promise<Engine> }[] = [
  { name: 'onnx on the CPU', load: onnx },
  { name: 'tfjs on WebAssembly', load: () => loadTfjsEngine({ provider: 'wasm' }) },
  ...(project === undefined
    ? []
    : [{ name: 'tfjs on libtensorflow', load: () => loadTfjsEngine({ project }) }]),
];
const canvases = [
  [256, 192],
  [192, 256],
] as const;

let scene: Uint8Array;
/** Peaks of each canvas, and of the square, by ONNX Runtime. */
let reference: { readonly peaks: readonly Peaks[]; readonly square: Peaks };

/** The scene in the middle of a grey canvas. */
function layOut(width: number, height: number) {
  const viewSize = { width, height, fit: 'stretch', anchor: 'centre', ground: 0 } as const;
  const view = new Uint8Array(width * height * 3).fill(200);
  const [left, top] = [(width - inner) / 2, (height - inner) / 2];
  for (let y = 0; y < inner; y++) {
    const row = scene.subarray(y * inner * 3, (y + 1) * inner * 3);
    view.set(row, ((top + y) * width + left) * 3);
  }
  return { view, viewSize, left, top };
}

/** The teddy bear's box in the scene. */
function teddyIn(engine: Engine, peaks: Peaks, { left, top }: ReturnType<typeof layOut>): Box {
  const row = peaks.baseClass.indexOf(engine.baseClasses.indexOf('teddy bear'));
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = peaks.boxes.subarray(4 * row, 4 * row + 4);
  return [x0 - left, y0 - top, x1 - left, y1 - top];
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

beforeAll(async () => {
  scene = await drawEmojiScene(inner);
  const engine = await onnx();
  const detect = ({ view, viewSize }: ReturnType<typeof layOut>) =>
    engine.detect(view, viewSize, peaksMax);
  const peaks: Peaks[] = [];
  for (const [width, height] of canvases) peaks.push(await detect(layOut(width, height)));
  reference = { peaks, square: await detect(layOut(size, size)) };
  await engine.close();
});

describe.each(engines)('engine contract for canvases that are no squares: $name', ({ load }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await load();
  });
  afterAll(async () => {
    await engine.close();
  });

  it('finds an object where it is in the middle of a square', async () => {
    const square = layOut(size, size);
    const there = teddyIn(engine, await engine.detect(square.view, size, peaksMax), square);
    for (const [width, height] of canvases) {
      const canvas = layOut(width, height);
      const peaks = await engine.detect(canvas.view, canvas.viewSize, peaksMax);
      expect(intersectionOverUnion(teddyIn(engine, peaks, canvas), there)).toBeGreaterThan(0.9);
    }
  });

  it('finds the same peaks as every other engine', async () => {
    for (const [i, [width, height]] of canvases.entries()) {
      const { view, viewSize } = layOut(width, height);
      const peaks = await engine.detect(view, viewSize, peaksMax);
      const expected = reference.peaks[i]!;
      expect([...peaks.cells]).toEqual([...expected.cells]);
      expect(largestDifference(peaks.boxes, expected.boxes)).toBeLessThan(tolerance.boxes);
      expect(largestDifference(peaks.latents, expected.latents)).toBeLessThan(tolerance.latents);
    }
  });

  it('has dense maps of that many columns and rows, whose peaks are those of detect', async () => {
    for (const [width, height] of canvases) {
      const { view, viewSize } = layOut(width, height);
      const maps = gridOf(await engine.dense(view, viewSize));
      expect(maps).toMatchObject({ columns: width / stride, rows: height / stride });
      const { cells } = await engine.detect(view, viewSize, peaksMax);
      expect([...pickPeaks(maps.baseHeat, maps, peaksMax)]).toEqual([...cells]);
    }
  });

  it('sees the same in a square after views of other shapes', async () => {
    const { cells } = await engine.detect(layOut(size, size).view, size, peaksMax);
    expect([...cells]).toEqual([...reference.square.cells]);
  });

  it('refuses a side that is no multiple of 32', async () => {
    const viewSize = { ...layOut(256, 192).viewSize, height: 200 };
    const view = new Uint8Array(256 * 200 * 3);
    await expect(engine.detect(view, viewSize, 5)).rejects.toThrow('multiple of 32');
    await expect(engine.dense(view, viewSize)).rejects.toThrow('multiple of 32');
  });
});
