import { describe, expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../../../operators/detect/engines/engine.ts';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import {
  backgroundObjectsMax,
  BackgroundSplit,
} from '../../../../pipeline/application/sampling/background-split.ts';

const size = { width: 640, height: 360 };
const none = new Float32Array(0);

function embedding(seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: cropEmbeddingLength }, () => 4 * random() ** 4);
}

const place = (split: BackgroundSplit, camera: string, box: Box) =>
  split.sideOf(camera, size, { box, isObject: false, embedding: none });

describe('the split of background', () => {
  it('never puts one place of a camera on both sides, however often it is seen', () => {
    const random = seededRandom(4);
    const judged = new Uint8Array(640 * 360);
    const trained = new Uint8Array(640 * 360);
    const split = new BackgroundSplit();
    const counts = { trained: 0, heldOut: 0, neither: 0 };
    for (let i = 0; i < 3000; i++) {
      const [width, height] = [16 + 80 * random(), 16 + 80 * random()];
      const [x, y] = [random() * (640 - width), random() * (360 - height)];
      const side = place(split, 'yard', [x, y, x + width, y + height]);
      counts[side]++;
      const centre = Math.floor(y + height / 2) * 640 + Math.floor(x + width / 2);
      if (side === 'heldOut') judged[centre] = 1;
      if (side === 'trained') trained[centre] = 1;
    }
    const [left, , right] = split.strip('yard', 640, 360);
    const columns = (centres: Uint8Array) =>
      [...centres.entries()].filter(([, seen]) => seen === 1).map(([at]) => at % 640);
    expect(columns(judged).every((x) => x >= left && x < right)).toBe(true);
    expect(columns(trained).some((x) => x >= left + 16 && x < right - 16)).toBe(false);
    expect(counts.heldOut).toBeGreaterThan(200);
    expect(counts.trained).toBeGreaterThan(1800);
  });

  it('follows from the name of the camera, so that it lasts over restarts', () => {
    const cameras = Array.from({ length: 20 }, (_, i) => `camera${i}`);
    const strips = cameras.map((camera) => new BackgroundSplit().strip(camera, 640, 360));
    expect(strips).toEqual(cameras.map((camera) => new BackgroundSplit().strip(camera, 640, 360)));
    expect(new Set(strips.map(([left]) => left)).size).toBe(5);
  });

  it('leaves an object on its side wherever it moves', () => {
    const split = new BackgroundSplit();
    const [left, , right] = split.strip('yard', 640, 360);
    const inside: Box = [left + 10, 50, right - 10, 150];
    const outside: Box = [(left + 320) % 512, 50, ((left + 320) % 512) + 100, 150];
    const object = (seed: number, box: Box) =>
      split.sideOf('yard', size, { box, isObject: true, embedding: embedding(seed) });
    expect([object(1, inside), object(1, outside)]).toEqual(['heldOut', 'heldOut']);
    expect([object(2, outside), object(2, inside)]).toEqual(['trained', 'trained']);
  });

  it('remembers a bounded number of objects', () => {
    const split = new BackgroundSplit();
    const [left, , right] = split.strip('yard', 640, 360);
    const inside: Box = [left + 10, 50, right - 10, 150];
    const outside: Box = [(left + 320) % 512, 50, ((left + 320) % 512) + 100, 150];
    const object = (seed: number, box: Box) =>
      split.sideOf('yard', size, { box, isObject: true, embedding: embedding(seed) });
    object(1, outside);
    for (let i = 0; i < backgroundObjectsMax; i++) object(100 + i, inside);
    expect(object(1, inside)).toBe('heldOut');
  });
});
