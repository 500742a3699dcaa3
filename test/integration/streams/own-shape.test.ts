import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Detector } from '../../../operators/detect/detector.ts';
import { intersectionOverUnion } from '../../../operators/foundation/geometry/box.ts';
import type { ViewPlan } from '../../../operators/ingest/frames/view-plan.ts';
import { createSource } from '../../../operators/ingest/sources/create-source.ts';
import { makeScene, transcode } from './coded-scene.ts';
import { detectIn, watchFrames, type SharedBox, type WatchedFrame } from './watched-frames.ts';

/** Objects that are seen this clearly in both views have their boxes compared. */
const clearObjectness = 0.4;
/** Every so many frames are compared. */
const comparedEvery = 4;

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

const kinds = [
  { of: '16 : 9', filter: 'crop=640:360:0:120', sides: [416, 224], clear: 8 },
  { of: '9 : 16', filter: 'crop=270:480:185:0', sides: [224, 416], clear: 3 },
  {
    of: '16 : 9, of pixels that are no squares',
    filter: 'crop=640:360:0:120,scale=360:360,setsar=16/9',
    sides: [416, 224],
    clear: 8,
  },
] as const;

it.each(kinds)('a recording of $of has its boxes where other views have them', async (kind) => {
  const path = join(folder, 'cut.mp4');
  const codec = ['-c:v', 'libx264', '-crf', '12', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'];
  await transcode(scene.ffmpeg, ['-i', scene.plain, '-vf', kind.filter, ...codec, path]);
  const own = await objectsIn(path);
  const [width, height] = kind.sides;
  for (const { viewSize, view } of own.frames) {
    expect(viewSize).toMatchObject({ width, height });
    expect(view).toHaveLength(width * height * 3);
  }
  // As large in the view, with grey above and below or at the sides.
  const canvas = { width: 416, height: 416, anchor: 'centre', ground: 114 } as const;
  const padded = overlaps(await objectsIn(path, { ...canvas, fit: 'letterbox' }), own);
  // A square distorts by up to 1.8, and moves the edges that the detector sees.
  const square = overlaps(await objectsIn(path, 320), own);
  expect(Math.min(padded.length, square.length)).toBeGreaterThanOrEqual(kind.clear);
  // Some of what overlaps by half is another box of the same object.
  for (const found of [padded, square]) {
    expect(found.filter((overlap) => overlap > 0.8).length).toBeGreaterThan(0.85 * found.length);
    expect(median(found)).toBeGreaterThan(0.87);
  }
});

interface Watched {
  readonly frames: readonly WatchedFrame[];
  readonly objects: readonly (readonly SharedBox[])[];
}

async function objectsIn(path: string, viewSize?: ViewPlan): Promise<Watched> {
  const all = await watchFrames(createSource(path), viewSize === undefined ? {} : { viewSize });
  const frames = all.filter((_, i) => i % comparedEvery === 0);
  const objects = [];
  for (const frame of frames) objects.push(await detectIn(detector, frame, clearObjectness));
  return { frames, objects };
}

/** IoU of each object with the one in the other views that overlaps it most, by half or more. */
function overlaps(there: Watched, here: Watched): number[] {
  return there.objects.flatMap((objects, i) =>
    objects.flatMap(({ box }) => {
      const own = here.objects[i]!.map((other) => intersectionOverUnion(box, other.box));
      const most = Math.max(0, ...own);
      return most < 0.5 ? [] : [most];
    }),
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
