import { statSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { denseLatentLength } from '../../operators/detect/engines/engine.ts';
import type { FileDetector } from '../../operators/detect/models/file-detector.ts';
import type { DetectorFile } from '../../operators/detect/models/detector-file.ts';
import { observe } from '../../operators/detect/observe.ts';
import type { Box } from '../../operators/foundation/geometry/box.ts';
import { squareOf, viewOf } from '../../operators/ingest/frames/view-plan.ts';
import { canvasOf, viewBytes, type ViewSize } from '../../operators/ingest/frames/view-size.ts';
import { ViewMaker } from '../../operators/ingest/pictures/view-maker.ts';
import {
  sketchColours,
  sketchSide,
  type SketchInput,
} from '../operators/detect/models/model-sketch.ts';
import type { SketchedFormat } from '../operators/detect/models/sketched-format.ts';
import { sketchNames } from '../operators/detect/models/sketched-formats.ts';

/** A kind of files of models, and the runtime that opens them. */
export interface ModelKit {
  /** Writes a sketched model into a folder that holds nothing else, and returns its path. */
  readonly write: (
    folder: string,
    sketched: SketchedFormat,
    input: Partial<SketchInput>,
    metadata: Readonly<Record<string, string>>,
  ) => string;
  readonly load: (detector: DetectorFile, viewSize?: number | 'auto') => Promise<FileDetector>;
}

export const sketchMetadata = {
  names: `{0: 'bolt', 1: 'nut', 2: "red thing", 3: 'washer', 4: 'wire'}`,
};

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

export async function see(
  engine: FileDetector,
  hasObject = true,
  viewSize: ViewSize = viewOf(engine.viewSize, picture.width, picture.height),
) {
  const { width: sourceWidth, height: sourceHeight } = picture;
  const view = new Uint8Array(viewBytes(viewSize));
  new ViewMaker().run(draw(hasObject), sourceWidth, sourceHeight, viewSize, view);
  const peaks = await engine.detect(view, viewSize, 20);
  const observations = observe(peaks, { viewSize, sourceWidth, sourceHeight }, engine.baseClasses);
  return { view, viewSize, peaks, observations };
}

/** Expects a detector to find the object; closes it, and returns its id. */
export async function expectToFind(engine: FileDetector, score: number, objectness = score) {
  try {
    const { peaks, observations } = await see(engine);
    expect(observations).toHaveLength(1);
    const [found] = observations;
    expect(found!.baseClass).toBe('red thing');
    expect(found!.baseScore).toBeCloseTo(score, 2);
    expect(found!.objectness).toBeCloseTo(objectness, 2);
    // Within a pixel of the view, of which one is four of the picture.
    for (const [i, edge] of object.entries()) {
      const text = `edge ${i} of ${found!.box.join()}`;
      expect(Math.abs(found!.box[i]! - edge), text).toBeLessThan(4.1);
    }
    expect(peaks.isSuppressed).toBe(true);
    expect((await see(engine, false)).observations).toEqual([]);
    return engine.id;
  } finally {
    await engine.close();
  }
}

/** What holds for a detector of every format in a kind of files. */
export function describeDetectorModel(
  title: string,
  sketched: SketchedFormat,
  { write, load }: ModelKit,
  folderOf: () => string,
): void {
  const { format, score, objectness, fit, anchor = 'corner' } = sketched;
  let count = 0;
  const detectorOf = (
    more: Partial<DetectorFile> = {},
    input: Partial<SketchInput> = {},
    metadata: Readonly<Record<string, string>> = sketchMetadata,
  ): DetectorFile => {
    const folder = join(folderOf(), `${title.replace(/[^\w]+/g, '-')}-${count++}`);
    mkdirSync(folder, { recursive: true });
    const path = write(folder, sketched, input, metadata);
    return { path, format: 'auto', names: null, ...more };
  };

  describe(`detector contract: ${title}`, () => {
    it('is recognised, and finds the object in a letterboxed or stretched picture', async () => {
      const detector = detectorOf();
      const folder = dirname(detector.path);
      const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000);
      const id = await expectToFind(await load(detector), score, objectness);
      expect(id).toMatch(new RegExp(`^${format} [0-9a-f]{12} [0-9a-f]{8}$`));
    });

    it('makes views as its family is trained', async () => {
      const engine = await load(detectorOf());
      const canvas = canvasOf(squareOf(engine.viewSize));
      expect(canvas).toMatchObject({ width: sketchSide, height: sketchSide, fit });
      if (fit === 'letterbox') expect(canvas).toMatchObject({ anchor, ground: 114 });
      expect(engine.baseClasses).toEqual(sketchNames);
      await engine.close();
    });

    it('is read at a size that is left open', async () => {
      const detector = detectorOf({}, { isFree: true });
      const engine = await load(detector, sketchSide);
      expect((await see(engine)).observations).toHaveLength(1);
      await engine.close();
      await expect(load(detector, 72)).rejects.toThrow('multiples of 32');
    });

    it('takes the size that its metadata says where its own is open', async () => {
      const metadata = { ...sketchMetadata, imgsz: '[64, 64]' };
      const engine = await load(detectorOf({}, { isFree: true }, metadata));
      expect(canvasOf(squareOf(engine.viewSize))).toMatchObject({ width: 64, height: 64 });
      await engine.close();
    });

    it('refuses another size than its own', async () => {
      await expect(load(detectorOf(), 96)).rejects.toThrow('its input is 64 × 64 pixels, not 96');
    });

    it('proposes the object to learning, with evidence for its class', async () => {
      const engine = await load(detectorOf());
      const { view, viewSize } = await see(engine);
      const maps = await engine.dense(view, viewSize);
      expect(maps.count).toBeGreaterThan(0);
      expect(maps.baseHeat[0]).toBeCloseTo(objectness ?? score, 2);
      expect(maps.baseClass[0]).toBe(2);
      expect(maps.latents).toHaveLength(maps.count * denseLatentLength);
      expect(maps.latents[2]).toBeCloseTo(Math.log(score / (1 - score)) / 8, 1);
      expect(maps.latents.every((value) => Math.abs(value) <= 2)).toBe(true);
      await engine.close();
    });

    it('adds learned objectness, and loses nothing by it', async () => {
      const engine = await load(detectorOf());
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
      const engine = await load(detectorOf());
      await expect(engine.detect(new Uint8Array(32 * 32 * 3), 32, 5)).rejects.toThrow(RangeError);
      await engine.close();
    });

    it('takes names from a file', async () => {
      const mapping = sketchNames.map((each, i) => `  ${i}: ${each}\n`).join('');
      for (const [name, text] of [
        ['names.txt', sketchNames.join('\n')],
        ['names.json', JSON.stringify(sketchNames)],
        ['object.json', JSON.stringify(Object.fromEntries(sketchNames.entries()))],
        ['data.yaml', `path: .\nnames:\n${mapping}`],
        ['list.yaml', `names: ${JSON.stringify(sketchNames)}`],
      ] as const) {
        const names = join(folderOf(), name);
        writeFileSync(names, text);
        const engine = await load(detectorOf({ names, format }, {}, {}));
        await expectToFind(engine, score, objectness);
      }
    });

    it('says how many names it needs where none are known', async () => {
      const failing = load(detectorOf({ format }, {}, {}));
      const needed =
        sketched.isListed === true ? 'class names are needed' : /[45] class names are needed/;
      await expect(failing).rejects.toMatchObject({ code: 'bad-model' });
      await expect(failing).rejects.toThrow(needed);
    });
  });
}
