import { describe, expect, it } from 'vitest';
import type { LabelledImage } from '../../../../operators/datasets/dataset.ts';
import type { ViewPlan } from '../../../../operators/ingest/frames/view-plan.ts';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import {
  addOddBoxes,
  addRareClasses,
  Oddities,
} from '../../../../pipeline/batch/check/oddities.ts';
import { classFigures, sizeFigures } from '../../../../pipeline/batch/check/set-figures.ts';

function picture(
  objects: readonly (readonly [string, Box])[],
  { id = 'a', width = 640, height = 480 } = {},
): LabelledImage {
  return {
    id,
    path: `${id}.jpg`,
    width,
    height,
    objects: objects.map(([name, box]) => {
      return { class: name, box, difficult: false, crowd: false };
    }),
  };
}

function oddOf(image: LabelledImage, plan: ViewPlan = 320): Record<string, number> {
  const odd = new Oddities();
  addOddBoxes(odd, image, plan);
  return Object.fromEntries(odd.all.map(({ what, count }) => [what, count]));
}

describe('what is odd about boxes', () => {
  it('depends on the shape of the detector’s view', () => {
    const own = { shape: 'own', side: 320 } as const;
    // 3.5 : 1, where a box of 30 pixels is 3 in a square and 5 in its own shape.
    const long = picture([['cat', [10, 10, 40, 200]]], { width: 3360, height: 960 });
    expect(Object.keys(oddOf(long))).toEqual([
      'pictures over 3 times as long as wide, which the detector squeezes',
      'boxes under 4 pixels in the detector’s view of 320',
    ]);
    expect(oddOf(long, own)).toEqual({});
    const longer = picture([['cat', [10, 10, 400, 200]]], { width: 3000, height: 600 });
    expect(Object.keys(oddOf(longer, own))).toEqual([
      'pictures over 4 times as long as wide, which the detector sees small',
    ]);
  });

  it.each([
    ['nothing', [['cat', [10, 10, 200, 200]]], {}],
    ['a box too small to be seen', [['cat', [10, 10, 17, 60]]], { 'boxes under 4 pixels': 1 }],
    ['a box of everything', [['cat', [0, 0, 640, 479]]], { 'boxes that cover': 1 }],
    ['a long box', [['cat', [0, 0, 600, 50]]], { 'boxes over 10 times': 1 }],
    [
      'a box drawn twice',
      [
        ['cat', [100, 100, 200, 200]],
        ['dog', [300, 100, 400, 200]],
        ['cat', [101, 100, 200, 200]],
      ],
      { 'boxes drawn twice': 1 },
    ],
    [
      'two classes on one object',
      [
        ['cat', [100, 100, 200, 200]],
        ['dog', [100, 100, 200, 201]],
      ],
      { 'boxes of two classes': 1 },
    ],
    ['no object', [], { 'pictures without an object': 1 }],
  ] as const)('finds %s', (_, objects, expected) => {
    const found = oddOf(picture(objects));
    const starts = Object.entries(expected);
    expect(Object.keys(found)).toHaveLength(starts.length);
    for (const [start, count] of starts) {
      const key = Object.keys(found).find((what) => what.startsWith(start));
      expect(found[key ?? '']).toBe(count);
    }
  });

  it('keeps the first five places of each kind', () => {
    const odd = new Oddities();
    for (let i = 0; i < 9; i++) odd.add('thing', `place ${i}`);
    expect(odd.all).toMatchObject([{ what: 'thing', count: 9 }]);
    expect(odd.all[0]!.examples).toHaveLength(5);
  });

  it('finds classes with few objects, and none', () => {
    const odd = new Oddities();
    const images = [picture([['cat', [0, 0, 10, 20]]])];
    addRareClasses(odd, classFigures({ classes: ['cat', 'dog'], images }));
    expect(odd.all.map(({ examples }) => examples)).toEqual([['cat (1)'], ['dog']]);
  });
});

describe('figures of a set', () => {
  it('count objects and pictures per class, with medians of their boxes', () => {
    const images = [
      picture([
        ['cat', [0, 0, 10, 20]],
        ['cat', [0, 0, 30, 40]],
      ]),
      picture([['cat', [0, 0, 64, 48]]], { id: 'b' }),
    ];
    expect(classFigures({ classes: ['cat'], images })).toEqual([
      {
        class: 'cat',
        objects: 3,
        pictures: 2,
        medianWidth: 30,
        medianHeight: 40,
        medianShare: 1200 / (640 * 480),
      },
    ]);
  });

  it('list the frequent sizes, the smallest and the largest', () => {
    const images = [
      picture([]),
      picture([], { id: 'b' }),
      picture([], { id: 'c', width: 80, height: 60 }),
    ];
    expect(sizeFigures(images)).toEqual({
      frequent: [
        { size: '640×480', pictures: 2 },
        { size: '80×60', pictures: 1 },
      ],
      different: 2,
      smallest: '80×60',
      largest: '640×480',
    });
  });
});
