import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  denseLatentLength,
  type Engine,
  stride,
} from '../../../../../operators/detect/engines/engine.ts';
import { gridOf } from '../../../../../operators/detect/engines/grid-of.ts';
import { loadOnnxEngine } from '../../../../../operators/detect/engines/onnx/onnx-engine.ts';
import {
  mapsBytes,
  packMaps,
  peaksOfMaps,
  type CachedMaps,
  unpackMaps,
} from '../../../../../pipeline/laboratory/learning/cache/cached-maps.ts';
import { drawEmojiScene } from '../../../../operators/detect/emoji-scene.ts';

const size = 256;
const grid = { columns: size / stride, rows: size / stride };
let engine: Engine;
let scene: Uint8Array;
let cached: CachedMaps;

beforeAll(async () => {
  engine = await loadOnnxEngine({ threads: 1, provider: 'cpu' });
  scene = await drawEmojiScene(size);
  const packed = packMaps(gridOf(await engine.dense(scene, size)));
  cached = unpackMaps(new Uint8Array(packed).buffer, grid);
});
afterAll(() => engine.close());

describe('cached maps', () => {
  it('have the stated size, and equal those of the engine', async () => {
    const maps = gridOf(await engine.dense(scene, size));
    expect(packMaps(maps)).toHaveLength(mapsBytes(grid));
    expect(cached.baseHeat).toEqual(maps.baseHeat);
    expect(cached.extents).toEqual(maps.extents);
    expect([...cached.baseClass]).toEqual([...maps.baseClass]);
  });

  it.each([
    ['nothing learned', 0, 0],
    ['a learned objectness', 0.08, 0.05],
  ])('have the same peaks as the detector, with %s', async (_, reach, bias) => {
    const weights = Float32Array.from(
      { length: denseLatentLength },
      (_value, i) => reach * Math.sin(3 * i),
    );
    const peaks = peaksOfMaps(cached, { weights, bias }, 40);
    engine.setObjectness({ weights, bias });
    const detected = await engine.detect(scene, size, 40);
    expect([...peaks.cells]).toEqual([...detected.cells]);
    expect([...peaks.baseClass]).toEqual([...detected.baseClass]);
    expect(peaks.count).toBe(detected.count);
    const near = (a: Float32Array, b: Float32Array, tolerance: number) => {
      expect(a).toHaveLength(b.length);
      a.forEach((value, i) => {
        expect(Math.abs(value - b[i]!)).toBeLessThan(tolerance);
      });
    };
    near(peaks.boxes, detected.boxes, 1e-2);
    near(peaks.objectness, detected.objectness, 2e-3);
    near(peaks.baseScore, detected.baseScore, 1e-5);
    near(peaks.latents, detected.latents, 4e-3);
  });
});
