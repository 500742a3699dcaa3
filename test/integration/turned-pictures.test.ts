import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EvalReport } from '../../pipeline/batch/evaluate-set.ts';
import type { TeachReport } from '../../pipeline/batch/teach.ts';
import {
  type DrawnPicture,
  drawPictures,
  writeYolo,
} from '../../pipeline/laboratory/benchmarks/rig/draw-set.ts';
import { Lifelens } from '../../pipeline/laboratory/benchmarks/rig/lifelens-process.ts';

/** How the pixels of an upright picture are stored under an EXIF orientation. */
const storedDegrees: Readonly<Record<number, number>> = { 1: 0, 3: 180, 6: 270, 8: 90 };
const orientations = [6, 8, 3, 1];

let folder: string;
let drawn: readonly DrawnPicture[];
const at = (...names: readonly string[]): string => join(folder, ...names);

/** Upright pictures and turned copies of them, without loss, with the same upright labels. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-turned-'));
  drawn = await drawPictures(at('drawn'), { emoji: '1f916', count: 16, seed: 1 });
  await writeYolo(at('drawn'), drawn, 'robot');
  const labels = (await readdir(at('drawn'))).filter((name) => name.endsWith('.txt'));
  for (const set of ['upright', 'turned']) {
    await mkdir(at(set));
    for (const name of labels) await copyFile(at('drawn', name), at(set, name));
  }
  for (const [i, { name }] of drawn.entries()) {
    const png = name.replace('.jpg', '.png');
    const orientation = orientations[i % orientations.length]!;
    await sharp(at('drawn', name)).png().toFile(at('upright', png));
    await sharp(at('drawn', name))
      .rotate(storedDegrees[orientation])
      .withMetadata({ orientation })
      .png()
      .toFile(at('turned', png));
  }
  await writeStoredVoc();
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Labels of the turned pictures by a tool that shows pictures as they are stored. */
async function writeStoredVoc(): Promise<void> {
  await mkdir(at('stored'));
  for (const [i, { name, box }] of drawn.entries()) {
    const { width, height } = await sharp(at('drawn', name)).metadata();
    const [x0, y0, x1, y1] = [box[0], box[1], box[0] + box[2], box[1] + box[3]];
    const orientation = orientations[i % orientations.length]!;
    const corners = {
      1: [x0, y0, x1, y1],
      3: [width - x1, height - y1, width - x0, height - y0],
      6: [y0, width - x1, y1, width - x0],
      8: [height - y1, x0, height - y0, x1],
    }[orientation]!;
    const [w, h] = orientation > 4 ? [height, width] : [width, height];
    const tags = ['xmin', 'ymin', 'xmax', 'ymax'].map((tag, k) => `<${tag}>${corners[k]}</${tag}>`);
    const size = `<size><width>${w}</width><height>${h}</height></size>`;
    const object = `<object><name>robot</name><bndbox>${tags.join('')}</bndbox></object>`;
    const xml = `<annotation>${size}${object}</annotation>`;
    await writeFile(at('stored', name.replace('.jpg', '.xml')), xml);
  }
}

async function lifelens(...argv: readonly string[]): Promise<unknown> {
  const { code, stdout } = await new Lifelens(argv, { cwd: folder }).ended;
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

it('teach and eval see EXIF-turned pictures as their upright copies', async () => {
  const teach = (set: string, state: string) =>
    lifelens('teach', '--train', set, '--state', state) as Promise<TeachReport>;
  const upright = await teach('yolo:upright', 'a');
  const turned = await teach('yolo:turned', 'b');
  expect(turned).toMatchObject({ objects: 16, headHash: upright.headHash });

  const evaluate = (set: string) =>
    lifelens('eval', '--test', set, '--state', 'a') as Promise<EvalReport>;
  const truth = await evaluate('yolo:upright');
  expect(truth.perClass['robot']!.ap50).toBeGreaterThan(0.8);
  for (const set of ['yolo:turned', 'voc:stored:turned']) {
    expect((await evaluate(set)).perClass, set).toEqual(truth.perClass);
  }
}, 300_000);
