import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { describe, expect, it } from 'vitest';
import {
  openWorldScores,
  type OpenWorldImage,
  unknownRecallWithin,
} from '../../../operators/measure/open-world.ts';

const at = (x: number): Box => [x, 0, x + 10, 10];
const empty: OpenWorldImage = { known: [], unknown: [], recognised: [], flagged: [] };

describe('openWorldScores', () => {
  it('counts an unknown object as recalled once, however often it is detected', () => {
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

  it('counts unknown detections without an object as false, duplicates included', () => {
    const flagged = [0, 1, 90].map((x) => ({ box: at(x), score: 0.9 }));
    const scores = openWorldScores([{ ...empty, unknown: [{ box: at(0) }], flagged }, empty]);
    expect(scores.falseUnknownsPerImage).toBe(1);
  });

  it('counts each unknown object detected as a known class once', () => {
    const named = [
      { class: 'cat', box: at(0), score: 0.9 },
      { class: 'dog', box: at(0), score: 0.8 },
      { class: 'cat', box: at(90), score: 0.8 },
    ];
    const unknown = [{ box: at(0) }, { box: at(50) }];
    expect(openWorldScores([{ ...empty, unknown, recognised: named }]).openSetError).toBe(1);
  });

  it('measures wilderness impact at the recall level', () => {
    const image: OpenWorldImage = {
      ...empty,
      known: [0, 20, 40, 60, 80].map((x) => ({ class: 'cat', box: at(x) })),
      unknown: [{ box: at(100) }, { box: at(120) }],
      recognised: [
        { class: 'cat', box: at(0), score: 0.9 },
        { class: 'cat', box: at(20), score: 0.8 },
        { class: 'cat', box: at(100), score: 0.75 },
        { class: 'cat', box: at(200), score: 0.7 },
        { class: 'cat', box: at(40), score: 0.6 },
        { class: 'cat', box: at(60), score: 0.5 },
        // Recall 0.8 is reached here: the rest lies past the operating point.
        { class: 'cat', box: at(120), score: 0.4 },
      ],
    };
    // 4 true positives and 1 closed-set false positive, 1 false positive on an unknown object.
    expect(openWorldScores([image]).wildernessImpact).toBeCloseTo(1 / 5, 12);
    expect(openWorldScores([image], { recallLevel: 0.4 }).wildernessImpact).toBe(0);
    expect(openWorldScores([image], { recallLevel: 1 })).toMatchObject({
      wildernessImpact: null,
      wildernessClasses: 0,
    });
    expect(openWorldScores([image])).toMatchObject({ wildernessClasses: 1 });
  });

  it('returns null without unknown objects', () => {
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
  const image = (
    ...detections: readonly (readonly [x: number, score: number])[]
  ): OpenWorldImage => ({
    ...empty,
    unknown: [{ box: at(0) }, { box: at(50) }],
    flagged: detections.map(([x, score]) => ({ box: at(x), score })),
  });

  it('uses the lowest threshold within the budget of false detections', () => {
    const images = [image([0, 0.9], [200, 0.8], [300, 0.7], [50, 0.6])];
    expect(unknownRecallWithin(images, 0)).toBe(0.5);
    expect(unknownRecallWithin(images, 1)).toBe(0.5);
    expect(unknownRecallWithin(images, 2)).toBe(1);
  });

  it('applies the budget to the average over all pictures', () => {
    const images = [image([200, 0.9], [300, 0.8], [0, 0.7], [50, 0.6]), image()];
    expect(unknownRecallWithin(images, 1)).toBe(0.5);
    expect(unknownRecallWithin(images, 0.5)).toBe(0);
  });

  it('ranks the detections of all pictures together', () => {
    const images = [
      image([200, 0.5], [50, 0.4]),
      { ...image([0, 0.9]), unknown: [{ box: at(0) }] },
    ];
    expect(unknownRecallWithin(images, 0)).toBeCloseTo(1 / 3);
    expect(unknownRecallWithin(images, 0.5)).toBeCloseTo(2 / 3);
  });

  it('counts a duplicate detection as false', () => {
    const images = [image([0, 0.9], [1, 0.8], [50, 0.7])];
    expect(unknownRecallWithin(images, 0)).toBe(0.5);
    expect(unknownRecallWithin(images, 1)).toBe(1);
  });

  it('admits all detections of one score or none', () => {
    const images = [image([0, 0.9], [50, 0.5], [200, 0.5])];
    expect(unknownRecallWithin(images, 0)).toBe(0.5);
    expect(unknownRecallWithin(images, 1)).toBe(1);
  });

  it('applies the given minimum IoU', () => {
    const images = [image([5, 0.9])];
    expect(unknownRecallWithin(images, 1)).toBe(0);
    expect(unknownRecallWithin(images, 1, 0.3)).toBe(0.5);
  });

  it('returns null without unknown objects', () => {
    expect(unknownRecallWithin([empty], 1)).toBeNull();
  });
});
