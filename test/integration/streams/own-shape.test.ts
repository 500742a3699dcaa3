import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Detector } from '../../../operators/detect/detector.ts';
import { intersectionOverUnion } from '../../../operators/foundation/geometry/box.ts';
import { createSource } from '../../../operators/ingest/sources/create-source.ts';
import { makeScene, transcode } from './coded-scene.ts';
import { detectIn, watchFrames } from './watched-frames.ts';

/** Objects that are seen this clearly in both shapes have their boxes compared. */
const clearObjectness = 0.4;

let folder: string;
let scene: Awaited<ReturnType<typeof makeScene>>;
let detector: Detector;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'own-shape-'));
  scene = await makeScene(folder);
  detector = await Detector.start({ viewSize: { shape: 'own', side: 320 }, threads: 1 });
});
afterAll(async () => {
  await detector.close();
  rmSync(folder, { recursive: true });
});

/** A part of the scene as a file of its own. */
async function cut(name: string, filter: string, more: readonly string[] = []): Promise<string> {
  const path = join(folder, name);
  const codec = ['-c:v', 'libx264', '-crf', '12', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'];
  await transcode(scene.ffmpeg, ['-i', scene.plain, '-vf', filter, ...codec, ...more, path]);
  return path;
}

it.each([
  ['16 : 9', 'wide.mp4', 'crop=640:360:0:120', [416, 224]],
  ['9 : 16', 'tall.mp4', 'crop=270:480:185:0', [224, 416]],
  ['16 : 9 of pixels that are no squares', 'sar.mp4', 'crop=640:360:0:120,scale=360:360,setsar=16/9', [416, 224]],
] as const)('a recording of %s has the boxes of the same in a square', async (_, name, filter, sides) => {
  const path = await cut(name, filter);
  const own = await watchFrames(createSource(path), {});
  const square = await watchFrames(createSource(path), { viewSize: 320 });
  expect(own.length).toBe(square.length);
  let clear = 0;
  for (const [i, frame] of own.entries()) {
    if (i % 4 !== 0) continue;
    const [width, height] = sides;
    expect(frame.viewSize).toMatchObject({ width, height });
    expect(frame.view).toHaveLength(width * height * 3);
    const [there, here] = [
      await detectIn(detector, square[i]!, clearObjectness),
      await detectIn(detector, frame, clearObjectness),
    ];
    for (const { box } of there) {
      const overlap = Math.max(0, ...here.map((other) => intersectionOverUnion(box, other.box)));
      // Seen less clearly in one of the shapes, or the other of two boxes of one object.
      if (overlap < 0.5) continue;
      clear++;
      process.stderr.write(`${name} ${overlap.toFixed(3)}\n`);
      expect(overlap).toBeGreaterThan(0.8);
    }
  }
  expect(clear).toBeGreaterThan(8);
});
