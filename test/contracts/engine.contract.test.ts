import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInLayout } from '../../operators/detect/engines/embedding-layout.ts';
import {
  denseLatentLength,
  cropEmbeddingLength,
  cropSize,
  stride,
  type Engine,
  type Peaks,
} from '../../operators/detect/engines/engine.ts';
import { gridOf } from '../../operators/detect/engines/grid-of.ts';
import { pickPeaks } from '../../operators/detect/engines/peaks.ts';
import { loadOnnxEngine } from '../../operators/detect/engines/onnx/onnx-engine.ts';
import { loadTfjsEngine } from '../../operators/detect/engines/tfjs/tfjs-engine.ts';
import { intersectionOverUnion } from '../../operators/foundation/geometry/box.ts';
import { drawEmojiScene, teddyBox } from '../operators/detect/emoji-scene.ts';
import {
  channelMaxima,
  readTaps,
  windowMeans,
  type TapMaps,
} from '../operators/detect/engines/read-taps.ts';

// Engines agree within these tolerances: box edges in view pixels, scores, latents, embeddings.
const tolerance = { boxes: 0.02, scores: 1e-5, latents: 1e-3 };
const size = 256;
const side = size / stride;
const grid = { columns: side, rows: side };
const peaksMax = 60;

// A project with @tensorflow/tfjs-node-gpu, as deploy/tfjs/build-addon.sh makes one.
const nativeProject = process.env['LIFELENS_TEST_TFJS'];

const tfjsEngines = [
  {
    name: 'tfjs on WebAssembly',
    provider: 'wasm',
    load: () => loadTfjsEngine({ provider: 'wasm' }),
  },
  ...(nativeProject === undefined
    ? []
    : [
        {
          name: 'tfjs on libtensorflow',
          provider: 'tensorflow-gpu',
          load: () => loadTfjsEngine({ project: nativeProject }),
        },
      ]),
];

const engines = [
  {
    name: 'onnx on the CPU',
    provider: 'cpu',
    load: () => loadOnnxEngine({ threads: 1, provider: 'cpu' as const }),
  },
  ...tfjsEngines,
];

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

/** Matches a score within the tolerance. */
function near(score: number): unknown {
  return expect.closeTo(score, 4);
}

const noObjectness = { weights: new Float32Array(denseLatentLength), bias: 0 };

let scene: Uint8Array;
let taps: TapMaps;
let reference: { peaks: Peaks; embedding: Float32Array; teddy: Uint8Array };

/** The pixels of the top left corner, as a crop. */
function cropOf(view: Uint8Array): Uint8Array {
  const crop = new Uint8Array(cropSize * cropSize * 3);
  for (let y = 0; y < cropSize; y++) {
    crop.set(view.subarray(y * size * 3, (y * size + cropSize) * 3), y * cropSize * 3);
  }
  return crop;
}

beforeAll(async () => {
  scene = await drawEmojiScene(size);
  const engine = await loadOnnxEngine({ threads: 1, provider: 'cpu' });
  const teddy = cropOf(scene);
  reference = {
    peaks: await engine.detect(scene, size, peaksMax),
    embedding: await engine.embedCrops(teddy, Float32Array.of(-1, -2), 1),
    teddy,
  };
  await engine.close();
  taps = await readTaps(teddy);
});

describe.each(engines)('engine contract: $name', ({ provider, load }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await load();
  });
  afterAll(async () => {
    await engine.close();
  });

  it('runs on the provider that was requested, not on one that it fell back to', () => {
    expect(engine.provider).toBe(provider);
  });

  it('detects the teddy bear as such, within its box', async () => {
    const peaks = await engine.detect(scene, size, peaksMax);
    const teddy = engine.baseClasses.indexOf('teddy bear');
    const row = peaks.baseClass.indexOf(teddy);
    expect(row).toBeGreaterThanOrEqual(0);
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = peaks.boxes.subarray(4 * row, 4 * row + 4);
    expect(intersectionOverUnion([x0, y0, x1, y1], teddyBox(size))).toBeGreaterThan(0.6);
    expect(peaks.baseScore[row]).toBeGreaterThan(0.3);
    expect(peaks.baseShare[row]).toBeGreaterThan(0.1);
    expect(peaks.baseShare[row]).toBeLessThanOrEqual(1);
  });

  it('finds the same peaks as every other engine', async () => {
    const peaks = await engine.detect(scene, size, peaksMax);
    expect(peaks.count).toBe(reference.peaks.count);
    expect([...peaks.cells]).toEqual([...reference.peaks.cells]);
    expect([...peaks.baseClass]).toEqual([...reference.peaks.baseClass]);
    expect(largestDifference(peaks.boxes, reference.peaks.boxes)).toBeLessThan(tolerance.boxes);
    for (const key of ['objectness', 'baseScore', 'baseShare'] as const) {
      expect(largestDifference(peaks[key], reference.peaks[key])).toBeLessThan(tolerance.scores);
    }
    expect(largestDifference(peaks.latents, reference.peaks.latents)).toBeLessThan(
      tolerance.latents,
    );
  });

  it('returns the strongest peaks first, and at most as many as requested', async () => {
    const peaks = await engine.detect(scene, size, 7);
    expect(peaks.count).toBe(7);
    expect([...peaks.objectness]).toEqual([...peaks.objectness].sort((a, b) => b - a));
    expect([...peaks.cells]).toEqual([...reference.peaks.cells.subarray(0, 7)]);
    expect(peaks.boxes).toHaveLength(7 * 4);
    expect(peaks.latents).toHaveLength(7 * denseLatentLength);
  });

  it('is deterministic', async () => {
    expect(await engine.detect(scene, size, peaksMax)).toEqual(
      await engine.detect(scene, size, peaksMax),
    );
  });

  it('has dense maps whose peaks are those of detect', async () => {
    const maps = gridOf(await engine.dense(scene, size));
    const peaks = await engine.detect(scene, size, peaksMax);
    expect(maps).toMatchObject(grid);
    expect(maps.latents).toHaveLength(side * side * denseLatentLength);
    expect([...pickPeaks(maps.baseHeat, grid, peaksMax)]).toEqual([...peaks.cells]);
    peaks.cells.forEach((cell, row) => {
      expect(peaks.objectness[row]).toBeCloseTo(maps.baseHeat[cell] ?? NaN, 5);
      expect(maps.baseClass[cell]).toBe(peaks.baseClass[row]);
      expect(maps.baseShare[cell]).toBeCloseTo(peaks.baseShare[row]!, 5);
      const [left = 0, top = 0, right = 0, bottom = 0] = maps.extents.subarray(4 * cell);
      const x = (cell % side) * stride;
      const y = Math.floor(cell / side) * stride;
      const box = peaks.boxes.subarray(4 * row, 4 * row + 4);
      expect(largestDifference(box, [x - left, y - top, x + right, y + bottom])).toBeLessThan(0.01);
      const latent = maps.latents.subarray(
        cell * denseLatentLength,
        (cell + 1) * denseLatentLength,
      );
      const own = peaks.latents.subarray(row * denseLatentLength, (row + 1) * denseLatentLength);
      expect(largestDifference(own, latent)).toBeLessThan(1e-4);
    });
  });

  it('finds peaks of base heat and of the maximum of base heat and learned objectness', async () => {
    const { latents, baseHeat } = await engine.dense(scene, size);
    const head = {
      weights: Float32Array.from({ length: denseLatentLength }, (_, i) => 0.08 * Math.sin(3 * i)),
      bias: 0.05,
    };
    const combined = baseHeat.map((heat, cell) => {
      let learned = head.bias;
      for (let i = 0; i < denseLatentLength; i++) {
        learned += head.weights[i]! * latents[cell * denseLatentLength + i]!;
      }
      return Math.max(heat, Math.min(1, Math.max(0, learned)));
    });
    engine.setObjectness(head);
    const peaks = await engine.detect(scene, size, 20);
    engine.setObjectness(noObjectness);
    const expected = pickPeaks(combined, grid, 20, baseHeat);
    expect([...peaks.cells]).toEqual([...expected]);
    expect([...expected]).not.toEqual([...reference.peaks.cells.subarray(0, 20)]);
    const values = Array.from(expected, (cell) => combined[cell]!);
    expect(largestDifference(peaks.objectness, values)).toBeLessThan(1e-4);
    const after = await engine.detect(scene, size, peaksMax);
    expect([...after.cells]).toEqual([...reference.peaks.cells]);
  });

  it('keeps objectness between base heat and 1', async () => {
    engine.setObjectness({ weights: new Float32Array(denseLatentLength), bias: 5 });
    const sure = await engine.detect(scene, size, peaksMax);
    engine.setObjectness({ weights: new Float32Array(denseLatentLength), bias: -5 });
    const unsure = await engine.detect(scene, size, peaksMax);
    engine.setObjectness(noObjectness);
    expect(new Set(sure.objectness)).toEqual(new Set([1]));
    expect([...sure.cells]).toEqual(Array.from({ length: peaksMax }, (_, cell) => cell));
    expect([...unsure.objectness]).toEqual([...reference.peaks.objectness].map(near));
  });

  it('copies the objectness that is set', async () => {
    const head = { weights: new Float32Array(denseLatentLength), bias: 0 };
    engine.setObjectness(head);
    head.weights.fill(9);
    const peaks = await engine.detect(scene, size, peaksMax);
    expect([...peaks.cells]).toEqual([...reference.peaks.cells]);
  });

  it('embeds a batch like each crop alone', async () => {
    const blank = new Uint8Array(reference.teddy.length).fill(90);
    const batch = new Uint8Array([...reference.teddy, ...blank]);
    const both = await engine.embedCrops(batch, Float32Array.of(-1, -2, -3, -4), 2);
    const first = await engine.embedCrops(reference.teddy, Float32Array.of(-1, -2), 1);
    const second = await engine.embedCrops(blank, Float32Array.of(-3, -4), 1);
    expect(both).toHaveLength(2 * cropEmbeddingLength);
    expect(largestDifference(both.subarray(0, cropEmbeddingLength), first)).toBeLessThan(1e-4);
    expect(largestDifference(both.subarray(cropEmbeddingLength), second)).toBeLessThan(1e-4);
    expect(largestDifference(first, reference.embedding)).toBeLessThan(tolerance.latents);
    expect(largestDifference(first, second)).toBeGreaterThan(0.1);
  });

  it('embeds a crop as windowed means of layout, maxima of parts and texture, and log sizes', async () => {
    const embedding = await engine.embedCrops(reference.teddy, Float32Array.of(-1, -2), 1);
    const { layout, parts, texture } = taps;
    expect(Object.values(taps).map(({ channels }) => channels)).toEqual(
      builtInLayout.parts.map(({ channels }) => channels),
    );
    const expected = [
      ...windowMeans(layout),
      ...channelMaxima(parts),
      ...channelMaxima(texture),
      -1,
      -2,
    ];
    expect(expected).toHaveLength(cropEmbeddingLength);
    expect(largestDifference(embedding, expected)).toBeLessThan(tolerance.latents);
  });

  it('returns nothing for no crops', async () => {
    expect(await engine.embedCrops(new Uint8Array(0), new Float32Array(0), 0)).toHaveLength(0);
  });

  it('returns arrays that own their buffers, so that they can be transferred', async () => {
    const peaks = await engine.detect(scene, size, 5);
    const maps = gridOf(await engine.dense(scene, size));
    for (const array of [peaks.latents, peaks.boxes, maps.latents, maps.extents, maps.baseHeat]) {
      expect(array.buffer.byteLength).toBe(array.byteLength);
      expect(() =>
        structuredClone(array, { transfer: [array.buffer as ArrayBuffer] }),
      ).not.toThrow();
    }
  });

  it('rejects a view whose bytes do not match its size, or whose size is no multiple of 32', async () => {
    await expect(engine.detect(scene.subarray(1), size, 5)).rejects.toThrow(RangeError);
    await expect(engine.detect(new Uint8Array(100 * 100 * 3), 100, 5)).rejects.toThrow(
      'multiple of 32',
    );
    await expect(engine.embedCrops(scene, new Float32Array(2), 1)).rejects.toThrow(RangeError);
  });
});

describe.each(tfjsEngines)('tensors of $name', ({ load }) => {
  it('are no more after a call than before it, and none after closing', async () => {
    const engine = await load();
    const empty = engine.tensors;
    const small = await drawEmojiScene(cropSize);
    await engine.detect(small, cropSize, 10);
    const loaded = engine.tensors;
    for (let i = 0; i < 2; i++) {
      await engine.detect(small, cropSize, 10);
      await engine.embedCrops(small, new Float32Array(2), 1);
      await engine.dense(small, cropSize);
      engine.setObjectness(noObjectness);
    }
    expect(engine.tensors).toBe(loaded);
    await engine.close();
    // A new engine holds the two tensors of its objectness.
    expect(engine.tensors).toBe(empty - 2);
  });
});
