import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../../../operators/detect/engines/engine.ts';
import { denseLatentLength } from '../../../../operators/detect/engines/engine.ts';
import { createTally } from '../../../../operators/learn/strategies/tally/tally.ts';
import type { Change, Strategy } from '../../../../operators/learn/strategy.ts';
import {
  jointBound,
  strategyFingerprint,
  mergeSteps,
} from '../../../../pipeline/laboratory/learning/joint-bound.ts';
import type { LearningStep } from '../../../../pipeline/laboratory/protocols/protocol.ts';
import { BackboneCache } from '../../../../pipeline/laboratory/learning/cache/backbone-cache.ts';
import { fakeEngine } from '../../../operators/learn/fake-engine.ts';
import { imageOf, objectOf, paintImage } from './painted-set.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-bound-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const peak = { column: 4, row: 4, heat: 0.8, half: 8 };
const found = objectOf('cup', [8, 6, 24, 18]);

/** A strategy that detects a cup with this score in every cell, and records its updates. */
function constantStrategy(score: number) {
  const updates: Change[] = [];
  const create = (): Strategy => ({
    name: `constant ${score}`,
    paper: 'none',
    classes: ['cup'],
    stateBytes: 0,
    update: async (change) => {
      updates.push(change);
      return {
        strategy: 'constant',
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
  return { create, updates };
}

describe('the joint bound', () => {
  it.each(['', '{"map50":', '{}', '{"map50":"0.4"}', 'null'])(
    'is computed again where its file contains %j',
    async (damage) => {
      const image = await paintImage(folder, 'a', [found]);
      const step = { introduced: ['cup'], pictures: [{ image, boxes: [], ignore: [] }] };
      const cache = await BackboneCache.open(join(folder, 'c'), fakeEngine([peak]), 64);
      const parts = {
        cache,
        folder: join(folder, 'c'),
        learners: [constantStrategy(0.9).create],
        testImages: [image],
        log: pino({ level: 'silent' }),
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

  it('is that of the best strategy, and is computed once', async () => {
    const image = await paintImage(folder, 'a', [found]);
    const step = { introduced: ['cup'], pictures: [{ image, boxes: [], ignore: [] }] };
    const cache = await BackboneCache.open(join(folder, 'c'), fakeEngine([peak]), 64);
    const blind = constantStrategy(0);
    const seeing = constantStrategy(0.9);
    const parts = {
      cache,
      folder: join(folder, 'c'),
      learners: [blind.create, seeing.create],
      testImages: [image],
      log: pino({ level: 'silent' }),
      signal: new AbortController().signal,
    };
    const known = blind.updates.length;
    expect(await jointBound(parts, [step], [1])).toEqual([expect.closeTo(1)]);
    // One update for the fingerprint, and the real one.
    expect(seeing.updates).toHaveLength(known + 2);
    expect(await jointBound(parts, [step], [1])).toEqual([expect.closeTo(1)]);
    expect(seeing.updates).toHaveLength(known + 3);

    const alone = { ...parts, learners: [blind.create] };
    expect(await jointBound(alone, [step], [1])).toEqual([0]);
    const otherTest = { ...parts, testImages: [{ ...image, objects: [] }] };
    expect(await jointBound(otherTest, [step], [1])).toEqual([null]);
  });
});

describe('the fingerprint of a strategy', () => {
  it('is equal for equal settings, and differs with any setting', async () => {
    const settings = [{}, {}, { orbit: 3 }, { shrinkage: 0.03 }, { shrinkage: 0.01 }];
    const hashes = await Promise.all(
      settings.map((options) => strategyFingerprint(createTally(options), cropEmbeddingLength)),
    );
    expect(hashes[0]).toBe(hashes[1]);
    expect(new Set(hashes).size).toBe(settings.length - 1);
  });
});

describe('merging steps', () => {
  it('gives a picture all its labels, and ignores only boxes that no step labels', () => {
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

  it('unites the classes whose objects are all labelled, which are all classes for one step', () => {
    const [first, second] = [imageOf('first', []), imageOf('second', [])];
    const picture = (image: typeof first, labels?: readonly string[]) => ({
      image,
      boxes: [],
      ignore: [],
      ...(labels !== undefined && { labels }),
    });
    const steps: LearningStep[] = [
      { introduced: ['cup'], pictures: [picture(first, ['cup']), picture(second, ['cup'])] },
      { introduced: ['hat'], pictures: [picture(first, ['hat', 'cup']), picture(second)] },
    ];
    expect(mergeSteps(steps)).toEqual([picture(first, ['cup', 'hat']), picture(second)]);
  });
});
