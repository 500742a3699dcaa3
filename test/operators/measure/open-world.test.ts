import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import {
  openWorldScores,
  type OpenWorldImage,
  unknownRecallWithin,
} from '../../../operators/measure/open-world.ts';

const at = (x: number): Box => [x, 0, x + 10, 10];
const empty: OpenWorldImage = { known: [], unknown: [], named: [], flagged: [] };

describe('openWorldScores', () => {
  it('counts an unknown object as recalled once, however often it is flagged', () => {
    const scores = openWorldScores([
      {
        ...empty,
        unknown: [{ box: at(0) }, { box: at(50) }],
        flagged: [
          { box: at(0), score: 0.9 },
          { box: at(1), score: 0.8 },
          { box: at(90), score: 0.7 },
        ],
      },
    ]);
    expect(scores.unknownRecall).toBe(0.5);
    expect(scores.unknownObjects).toBe(2);
  });

  it('counts reports that find nothing as false, second ones of the same object among them', () => {
    const flagged = [0, 1, 90].map((x) => ({ box: at(x), score: 0.9 }));
    const scores = openWorldScores([{ ...empty, unknown: [{ box: at(0) }], flagged }, empty]);
    expect(scores.falseUnknownsPerImage).toBe(1);
  });

  it('counts unknown objects under a wrong name, once each', () => {
    const named = [
      { class: 'cat', box: at(0), score: 0.9 },
      { class: 'dog', box: at(0), score: 0.8 },
      { class: 'cat', box: at(90), score: 0.8 },
    ];
    const unknown = [{ box: at(0) }, { box: at(50) }];
    expect(openWorldScores([{ ...empty, unknown, named }]).openSetError).toBe(1);
  });

  it('takes wilderness impact at the recall level', () => {
    const image: OpenWorldImage = {
      ...empty,
      known: [0, 20, 40, 60, 80].map((x) => ({ class: 'cat', box: at(x) })),
      unknown: [{ box: at(100) }, { box: at(120) }],
      named: [
        { class: 'cat', box: at(0), score: 0.9 },
        { class: 'cat', box: at(20), score: 0.8 },
        { class: 'cat', box: at(100), score: 0.75 },
        { class: 'cat', box: at(200), score: 0.7 },
        { class: 'cat', box: at(40), score: 0.6 },
        { class: 'cat', box: at(60), score: 0.5 },
        // Recall 0.8 is met by now: the rest is past the operating point.
        { class: 'cat', box: at(120), score: 0.4 },
      ],
    };
    // 4 hits and 1 false alarm of the closed world, 1 on an unknown object.
    expect(openWorldScores([image]).wildernessImpact).toBeCloseTo(1 / 5, 12);
    expect(openWorldScores([image], { recallLevel: 0.4 }).wildernessImpact).toBe(0);
    expect(openWorldScores([image], { recallLevel: 1 })).toMatchObject({
      ...{ wildernessImpact: null, wildernessClasses: 0 },
    });
    expect(openWorldScores([image])).toMatchObject({ wildernessClasses: 1 });
  });

  it('says null without unknown objects', () => {
    expect(openWorldScores([empty])).toEqual({
      unknownRecall: null,
      wildernessImpact: null,
      wildernessClasses: 0,
      openSetError: 0,
      unknownObjects: 0,
      falseUnknownsPerImage: 0,
    });
  });
});

describe('unknownRecallWithin', () => {
  const seen = (...reports: readonly (readonly [x: number, score: number])[]): OpenWorldImage => ({
    ...empty,
    unknown: [{ box: at(0) }, { box: at(50) }],
    flagged: reports.map(([x, score]) => ({ box: at(x), score })),
  });

  it('takes the lowest threshold that the budget of false reports allows', () => {
    const images = [seen([0, 0.9], [200, 0.8], [300, 0.7], [50, 0.6])];
    expect(unknownRecallWithin(images, 0)).toBe(0.5);
    expect(unknownRecallWithin(images, 1)).toBe(0.5);
    expect(unknownRecallWithin(images, 2)).toBe(1);
  });

  it('spends the budget over all pictures together', () => {
    const images = [seen([200, 0.9], [300, 0.8], [0, 0.7], [50, 0.6]), seen()];
    expect(unknownRecallWithin(images, 1)).toBe(0.5);
    expect(unknownRecallWithin(images, 0.5)).toBe(0);
  });

  it('ranks the reports of all pictures together by their score', () => {
    const images = [seen([200, 0.5], [50, 0.4]), { ...seen([0, 0.9]), unknown: [{ box: at(0) }] }];
    expect(unknownRecallWithin(images, 0)).toBeCloseTo(1 / 3);
    expect(unknownRecallWithin(images, 0.5)).toBeCloseTo(2 / 3);
  });

  it('counts a second report of the same object as false', () => {
    const images = [seen([0, 0.9], [1, 0.8], [50, 0.7])];
    expect(unknownRecallWithin(images, 0)).toBe(0.5);
    expect(unknownRecallWithin(images, 1)).toBe(1);
  });

  it('lets in all reports of one score or none', () => {
    const images = [seen([0, 0.9], [50, 0.5], [200, 0.5])];
    expect(unknownRecallWithin(images, 0)).toBe(0.5);
    expect(unknownRecallWithin(images, 1)).toBe(1);
  });

  it('asks for the overlap that it is told to', () => {
    const images = [seen([5, 0.9])];
    expect(unknownRecallWithin(images, 1)).toBe(0);
    expect(unknownRecallWithin(images, 1, 0.3)).toBe(0.5);
  });

  it('says null without unknown objects', () => {
    expect(unknownRecallWithin([empty], 1)).toBeNull();
  });
});
