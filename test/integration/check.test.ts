import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckReport } from '../../pipeline/batch/check/check-set.ts';
import type { EvalReport } from '../../pipeline/batch/evaluate-set.ts';
import type { TeachReport } from '../../pipeline/batch/teach.ts';
import {
  drawPictures,
  writeCoco,
  writeYolo,
} from '../../pipeline/laboratory/benchmarks/rig/draw-set.ts';
import { Lifelens } from '../../pipeline/laboratory/benchmarks/rig/lifelens-process.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-check-'));
  const robots = await drawPictures(at('set'), { emoji: '1f916', count: 7, seed: 1 });
  await writeYolo(at('set'), robots, 'robot');
  const whole = await readFile(at('set/6.jpg'));
  await writeFile(at('set/6.jpg'), whole.subarray(0, whole.length / 2));
  await drawPictures(at('photos/robot'), { emoji: '1f916', count: 10, seed: 2 });
  await drawPictures(at('photos/melon'), { emoji: '1f349', count: 10, seed: 3 });
  const tests = await drawPictures(at('test'), { emoji: '1f916', count: 10, seed: 4 });
  await writeCoco(at('test.json'), tests, 'robot');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a command that must succeed, and returns its output. */
async function lifelens(...argv: readonly string[]): Promise<string> {
  const { code, errorLines, stdout, orphans } = await new Lifelens(argv, { cwd: folder }).ended;
  expect({ code, errorLines, orphans }).toEqual({ code: 0, errorLines: [], orphans: [] });
  return stdout;
}

describe('check', () => {
  it('names the first broken picture, or leaves it out where that is asked for', async () => {
    const { code, errorLines } = await new Lifelens(['check', 'yolo:set'], { cwd: folder }).ended;
    expect({ code, lines: errorLines.length }).toEqual({ code: 1, lines: 1 });
    expect(errorLines[0]).toContain('6.jpg: expected a picture');

    const text = await lifelens('check', 'yolo:set', '--skip-broken', '--report', 'check.json');
    expect(text).toContain('yolo:set: 6 pictures, 6 objects, 1 classes');
    const report = JSON.parse(await readFile(at('check.json'), 'utf8')) as CheckReport;
    expect(report).toMatchObject({ pictures: 6, formats: { jpeg: 6 }, turned: 0 });
    expect(report.skipped).toHaveLength(1);
    expect(report.classes).toMatchObject([{ class: 'robot', objects: 6, pictures: 6 }]);
  }, 60_000);

  it('is what teach and eval leave out, too', async () => {
    const state = ['--state', 'skipped', '--skip-broken'];
    const taught = JSON.parse(
      await lifelens('teach', '--train', 'yolo:set', ...state),
    ) as TeachReport;
    expect(taught).toMatchObject({ images: 6, mended: { brokenPictures: 1 } });
    expect(taught.skipped.map(({ path }) => path)).toEqual([join('set', '6.jpg')]);
    const text = await lifelens('eval', '--test', 'yolo:set', '--skip-broken');
    const evaluated = JSON.parse(text) as EvalReport;
    expect(evaluated.images).toBe(6);
    // The decoder words the reason as it likes.
    expect(evaluated.skipped.map(({ path }) => path)).toEqual([join('set', '6.jpg')]);
  }, 120_000);
});

describe('a folder per class of photos', () => {
  it('is shown on a sheet, corrected in boxes.json, learned, and detected', async () => {
    const files = ['--sheet', 'sheet.jpg', '--write-boxes', '--report', '-'];
    const report = JSON.parse(await lifelens('check', 'photos:photos', ...files)) as CheckReport;
    expect(report.photos).toHaveLength(20);
    expect(report.photos!.filter(({ is }) => is === 'object').length).toBeGreaterThan(15);
    expect(await sharp(at('sheet.jpg')).metadata()).toMatchObject({ format: 'jpeg', width: 1468 });

    const boxes = JSON.parse(await readFile(at('photos/boxes.json'), 'utf8')) as {
      images: { id: number; file_name: string }[];
      annotations: { image_id: number; bbox: number[] }[];
    };
    expect(boxes.annotations).toHaveLength(20);
    const first = boxes.images.find(({ file_name: name }) => name === 'robot/0.jpg')!;
    boxes.annotations.find(({ image_id: id }) => id === first.id)!.bbox = [10, 10, 50, 60];
    await writeFile(at('photos/boxes.json'), JSON.stringify(boxes));

    const train = ['teach', '--train', 'photos:photos', '--state', 'taught'];
    const taught = JSON.parse(await lifelens(...train)) as TeachReport;
    expect(taught).toMatchObject({ images: 20, objects: 20, classes: ['melon', 'robot'] });
    const corrected = taught.photos!.filter(({ is }) => is === 'corrected');
    expect(corrected).toMatchObject([{ photo: 'robot/0.jpg', box: [10, 10, 60, 70] }]);
    const test = ['eval', '--test', 'coco:test.json:test', '--state', 'taught'];
    const evaluated = JSON.parse(await lifelens(...test)) as EvalReport;
    expect(evaluated.perClass['robot']!.ap50).toBeGreaterThan(0.6);
  }, 180_000);
});
