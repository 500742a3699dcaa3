import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Detector } from '../../../operators/detect/detector.ts';
import { createSource } from '../../../operators/ingest/sources/create-source.ts';
import { makeScene, sceneHeight, sceneWidth } from './coded-scene.ts';
import { allCodes, fileKinds, sceneTimeOf, type FileMaking } from './file-kinds.ts';
import { ReferenceScene } from './reference-scene.ts';
import { watchFrames } from './watched-frames.ts';

let folder: string;
let making: FileMaking;
let reference: ReferenceScene;
let detector: Detector;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'odd-files-'));
  making = await makeScene(folder);
  detector = await Detector.start({ viewSize: 320 });
  reference = await ReferenceScene.watch(createSource(making.plain), detector);
});
afterAll(async () => {
  await detector.close();
  rmSync(folder, { recursive: true });
});

describe('a recording', () => {
  it.each(fileKinds)('shows what the plain file shows: $name', async (kind) => {
    const path = await kind.make(making);
    const { fps = Infinity, codes = allCodes, timeOf = sceneTimeOf } = kind;
    const options = fps === Infinity ? {} : { fps };
    const frames = await watchFrames(createSource(path, options), {});

    // Every picture once, in order: none is invented, and none is lost but by the wanted rate.
    const seen = frames.map(({ code }) => code);
    expect(seen).not.toContain(null);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a! - b!));
    const times = codes.map(timeOf);
    const spanMs = times.at(-1)! - times[0]! + 1000 / Math.min(fps, 120);
    const wanted = Math.min(codes.length, (fps * spanMs) / 1000);
    expect(frames.length).toBeGreaterThanOrEqual(0.9 * wanted - 1);
    expect(frames.length).toBeLessThanOrEqual(Math.max(codes.length, 1.1 * wanted + 1));

    // Within one frame of the truth.
    const frameMs = Math.max(...times.slice(1).map((time, i) => time - times[i]!));
    const first = timeOf(frames[0]!.code!);
    for (const { code, timestampMs, timeBasis } of frames) {
      expect(timeBasis).toBe('media');
      expect(Math.abs(timestampMs - (timeOf(code!) - first))).toBeLessThan(Math.min(frameMs, 1000));
    }

    const [width, height] = kind.size ?? [sceneWidth, sceneHeight];
    if (width > 0) {
      for (const { sourceWidth, sourceHeight } of frames)
        expect([sourceWidth, sourceHeight]).toEqual([width, height]);
    }
    expect(await reference.matched(frames)).toBeGreaterThanOrEqual(kind.matchedMin ?? 0.95);
  });
});
