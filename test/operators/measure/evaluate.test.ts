import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluate, type ClassifiedBox } from '../../../operators/measure/evaluate.ts';

interface Fixture {
  images: {
    id: string;
    objects: { class: string; box: Box; difficult: boolean; crowd: boolean }[];
    detections: ClassifiedBox[];
  }[];
  expected: {
    ap: number;
    ap50: number;
    perClass: Record<string, { ap: number; ap50: number; objects: number }>;
  };
}

function load(name: string): Fixture {
  const url = new URL(`fixtures/coco-${name}.jsonl`, import.meta.url);
  const [expected, ...images] = readFileSync(url, 'utf8').trimEnd().split('\n');
  return {
    expected: JSON.parse(expected!) as Fixture['expected'],
    images: images.map((line) => JSON.parse(line) as Fixture['images'][number]),
  };
}

const cat = { class: 'cat', box: [0, 0, 10, 10] as Box };

describe('evaluate', () => {
  it.each(['plain', 'ties', 'crowds', 'ignored', 'empty', 'flood'])(
    'equals pycocotools to 1e-6 on the fixture "%s"',
    (name) => {
      const { images, expected } = load(name);
      const scores = evaluate(images, new Map(images.map((i) => [i.id, i.detections])));
      expect(scores.images).toBe(images.length);
      expect(Math.abs(scores.ap! - expected.ap)).toBeLessThan(1e-6);
      expect(Math.abs(scores.ap50! - expected.ap50)).toBeLessThan(1e-6);
      expect(Object.keys(scores.perClass).sort()).toEqual(Object.keys(expected.perClass).sort());
      for (const [name, wanted] of Object.entries(expected.perClass)) {
        const actual = scores.perClass[name]!;
        expect(actual.objects).toBe(wanted.objects);
        expect(Math.abs(actual.ap - wanted.ap)).toBeLessThan(1e-6);
        expect(Math.abs(actual.ap50 - wanted.ap50)).toBeLessThan(1e-6);
      }
    },
  );

  it('returns null for a set without annotations', () => {
    const scores = evaluate([{ id: 'a', objects: [] }], new Map([['a', [{ ...cat, score: 1 }]]]));
    expect(scores).toMatchObject({ images: 1, ap: null, ap50: null });
    expect(Object.keys(scores.perClass)).toEqual([]);
  });

  it('ignores detections of classes without annotations', () => {
    const images = [{ id: 'a', objects: [cat] }];
    const dog = { class: 'dog', box: cat.box, score: 1 };
    const scores = evaluate(images, new Map([['a', [dog, { ...cat, score: 0.5 }]]]));
    expect(scores.ap).toBeCloseTo(1, 12);
    expect(Object.keys(scores.perClass)).toEqual(['cat']);
  });

  it('supports a class named like a property of Object.prototype', () => {
    const proto = { class: '__proto__', box: cat.box };
    const scores = evaluate([{ id: 'a', objects: [proto] }], new Map());
    expect(Object.keys(scores.perClass)).toEqual(['__proto__']);
    expect(scores.ap).toBe(0);
  });

  it('throws for detections of an image that is not in the set', () => {
    expect(() => evaluate([{ id: 'a', objects: [] }], new Map([['b', []]]))).toThrow(/"b"/);
  });

  it.each([
    { ...cat, score: Number.NaN },
    { ...cat, box: [0, 0, Infinity, 1] as Box, score: 1 },
  ])('throws for a detection that is not finite', (detection) => {
    const images = [{ id: 'a', objects: [cat] }];
    expect(() => evaluate(images, new Map([['a', [detection]]]))).toThrow(/not finite/);
  });
});
