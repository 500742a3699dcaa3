import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvalReport } from '../../pipeline/batch/evaluate-set.ts';
import type { RunReport } from '../../pipeline/application/metrics/run-report.ts';
import type { TeachReport } from '../../pipeline/batch/teach.ts';
import {
  drawPictures,
  writeCoco,
  writeVoc,
  writeYolo,
} from '../../pipeline/laboratory/benchmarks/rig/draw-set.ts';
import { Lifelens } from '../../pipeline/laboratory/benchmarks/rig/lifelens-process.ts';
import { nothingMended } from '../operators/datasets/set-of.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-teach-'));
  const robot = { emoji: '1f916' };
  await writeYolo(
    at('train'),
    await drawPictures(at('train'), { ...robot, count: 24, seed: 1 }),
    'robot',
  );
  const testImages = await drawPictures(at('test'), { ...robot, count: 10, seed: 2 });
  await writeCoco(at('test.json'), testImages, 'robot');
  await writeVoc(at('test-xml'), testImages, 'robot');
  await drawPictures(at('clip'), { ...robot, count: 15, seed: 3, drift: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a command that must succeed, and returns its parsed output. */
async function lifelens(...argv: readonly string[]): Promise<unknown> {
  const { code, errorLines, stdout, orphans } = await new Lifelens(argv, { cwd: folder }).ended;
  expect({ code, errorLines, orphans }).toEqual({ code: 0, errorLines: [], orphans: [] });
  return JSON.parse(stdout);
}

describe('teach and eval', () => {
  it('add a class that is not a base class, detect it in a run, and add examples to it', async () => {
    const before = (await lifelens('eval', '--test', 'coco:test.json:test')) as EvalReport;
    expect(before.perClass['robot']).toMatchObject({ ap50: 0, objects: 10 });

    const first = (await lifelens('teach', '--train', 'yolo:train', '--state', 's')) as TeachReport;
    expect(first).toMatchObject({ images: 24, objects: 24, classes: ['robot'], headVersion: 1 });

    const after = (await lifelens(
      ...['eval', '--test', 'coco:test.json:test', '--state', 's', '--report', '-'],
    )) as EvalReport;
    expect(Object.keys(after)).toEqual(
      expect.arrayContaining(['images', 'ap50', 'ap', 'msPerImage', 'perClass']),
    );
    expect(after).toMatchObject({ images: 10, headVersion: 1 });
    expect(after.perClass['robot']?.ap50).toBeGreaterThan(0.8);

    // The same images in another annotation format have the same scores.
    const voc = (await lifelens(
      'eval',
      '--test',
      'voc:test-xml:test',
      '--state',
      's',
    )) as EvalReport;
    expect(voc.perClass).toEqual(after.perClass);

    const report = (await lifelens(
      ...['run', '--source', 'clip', '--fast', '--state', 's', '--no-dashboard'],
      ...['--report', '-', '--detections', 'd.jsonl'],
    )) as RunReport;
    expect(report).toMatchObject({ captured: 15, headVersion: 1, learnedClasses: ['robot'] });
    expect(report.headHash).toBe(first.headHash);
    const frames = (await readFile(at('d.jsonl'), 'utf8')).trimEnd().split('\n');
    const withRobot = frames.filter((line) => line.includes('"class":"robot"'));
    expect(withRobot.length).toBeGreaterThanOrEqual(8);

    const second = (await lifelens(
      ...['teach', '--train', 'coco:test.json:test', '--state', 's'],
    )) as TeachReport;
    expect(second).toMatchObject({ headVersion: 2, classes: ['robot'], objects: 10 });
    expect(second.memoryBytes).toBeGreaterThan(first.memoryBytes);
  }, 300_000);

  it('report the corrections made while reading a dataset', async () => {
    const images = await drawPictures(at('mended'), { emoji: '1f916', count: 4, seed: 4 });
    await writeYolo(at('mended'), images.slice(0, 3), 'robot');
    await writeFile(at('mended/0.txt'), '0 0.9 0.5 0.4 0.5\n0 1.5 0.5 0.1 0.1\n');
    const mended = {
      clippedBoxes: 1,
      droppedBoxes: 1,
      otherSizes: 0,
      unlabelledImages: 1,
      turnedImages: 0,
      brokenPictures: 0,
    };
    const set = 'yolo:mended';
    expect(await lifelens('teach', '--train', set, '--state', 'm')).toMatchObject({ mended });
    expect(await lifelens('eval', '--test', set)).toMatchObject({ mended });
    const report = await lifelens(
      ...['bench', 'learning', '--train', set, '--test', 'coco:test.json:test', '--images', '2'],
      ...['--protocol', 'few-shot-1', '--strategy', 'ridge', '--cache', 'cache', '--report', '-'],
    );
    expect(report).toMatchObject({ trainMended: mended, testMended: nothingMended });
  }, 300_000);
});
