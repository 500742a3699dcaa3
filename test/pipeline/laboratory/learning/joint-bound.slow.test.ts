import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { denseLatentLength } from '../../../../operators/detect/engines/engine.ts';
import { createTally } from '../../../../operators/learn/strategies/tally/tally.ts';
import type { Change, Strategy } from '../../../../operators/learn/strategy.ts';
import {
  jointBound,
  markOf,
  mergeSteps,
} from '../../../../pipeline/laboratory/learning/joint-bound.ts';
import type { LearningStep } from '../../../../pipeline/laboratory/protocols/protocol.ts';
import { BackboneCache } from '../../../../pipeline/laboratory/learning/backbone-cache.ts';
import { fakeEngine } from '../../../operators/learn/fake-engine.ts';
import { imageOf, objectOf, paintImage } from './painted-set.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-bound-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const peak = { column: 4, row: 4, heat: 0.8, half: 8 };
const found = objectOf('cup', [8, 6, 24, 18]);

/** Calls everything a cup with this score, cell by cell, and counts its lessons. */
function knower(score: number) {
  const lessons: Change[] = [];
  const create = (): Strategy => ({
    name: `knower ${score}`,
    paper: 'none',
    classes: ['cup'],
    stateBytes: 0,
    update: async (change) => {
      lessons.push(change);
      return {
        strategy: 'knower',
        classes: ['cup'],
        objectness: { weights: new Float32Array(denseLatentLength), bias: 0 },
        dense: {
          weights: new Float32Array(denseLatentLength),
          bias: Float32Array.of(score),
          length: denseLatentLength,
        },
        crop: null,
        activation: 'clip',
        thresholds: Float32Array.of(0.5),
      };
    },
    save: () => new Uint8Array(0),
    restore: () => undefined,
  });
  return { create, lessons };
}

describe('the joint bound', () => {
  it.each(['', '{"map50":', '{}', '{"map50":"0.4"}', 'null'])(
    'is worked out anew where its file holds %j',
    async (damage) => {
      const image = await paintImage(folder, 'a', [found]);
      const step = { introduced: ['cup'], pictures: [{ image, boxes: [], ignore: [] }] };
      const cache = await BackboneCache.open(join(folder, 'c'), fakeEngine([peak]), 64);
      const parts = {
        ...{ cache, folder: join(folder, 'c'), learners: [knower(0.9).create] },
        ...{ testImages: [image], log: pino({ level: 'silent' }) },
        signal: new AbortController().signal,
      };
      await jointBound(parts, [step], [1]);
      const [name = ''] = await readdir(join(folder, 'c', 'bounds'));
      const path = join(folder, 'c', 'bounds', name);
      const whole = await readFile(path, 'utf8');
      await writeFile(path, damage);
      expect(await jointBound(parts, [step], [1])).toEqual([expect.closeTo(1)]);
      expect(await readFile(path, 'utf8')).toBe(whole);
    },
  );

  it('is that of the best learner, and is worked out once', async () => {
    const image = await paintImage(folder, 'a', [found]);
    const step = { introduced: ['cup'], pictures: [{ image, boxes: [], ignore: [] }] };
    const cache = await BackboneCache.open(join(folder, 'c'), fakeEngine([peak]), 64);
    const blind = knower(0);
    const seeing = knower(0.9);
    const parts = {
      ...{ cache, folder: join(folder, 'c'), learners: [blind.create, seeing.create] },
      ...{ testImages: [image], log: pino({ level: 'silent' }) },
      signal: new AbortController().signal,
    };
    const known = blind.lessons.length;
    expect(await jointBound(parts, [step], [1])).toEqual([expect.closeTo(1)]);
    // A lesson to know it by, and the real one.
    expect(seeing.lessons).toHaveLength(known + 2);
    expect(await jointBound(parts, [step], [1])).toEqual([expect.closeTo(1)]);
    expect(seeing.lessons).toHaveLength(known + 3);

    const alone = { ...parts, learners: [blind.create] };
    expect(await jointBound(alone, [step], [1])).toEqual([0]);
    const otherTest = { ...parts, testImages: [{ ...image, objects: [] }] };
    expect(await jointBound(otherTest, [step], [1])).toEqual([null]);
  });
});

describe('the mark of a learner', () => {
  it('is the same for the same, and differs with any setting, that for many rows included', async () => {
    const learners = [{}, {}, { orbit: 3 }, { shrinkage: 0.03 }, { shrinkage: 0.01 }];
    const marks = await Promise.all(learners.map((each) => markOf(createTally(each))));
    expect(marks[0]).toBe(marks[1]);
    expect(new Set(marks).size).toBe(learners.length - 1);
  });
});

describe('merging steps', () => {
  it('gives a picture all labels it got anywhere, and passes over what got none', () => {
    const image = imageOf('a', []);
    const other = imageOf('b', []);
    const cup = { box: [0, 0, 9, 9], label: 'cup' } as const;
    const hat = { box: [20, 0, 29, 9], label: 'hat' } as const;
    const steps: LearningStep[] = [
      {
        introduced: ['cup'],
        pictures: [
          { image, boxes: [cup], ignore: [hat.box, [1, 2, 3, 4]] },
          { image: other, boxes: [], ignore: [] },
        ],
      },
      { introduced: ['hat'], pictures: [{ image, boxes: [hat, cup], ignore: [[1, 2, 3, 4]] }] },
    ];
    expect(mergeSteps(steps)).toEqual([
      { image, boxes: [cup, hat], ignore: [[1, 2, 3, 4]] },
      { image: other, boxes: [], ignore: [] },
    ]);
  });
});
