import { describe, expect, it } from 'vitest';
import type { Box } from '../../operators/ingest/frame.ts';
import { openWorldScores, type OpenWorldImage } from '../../operators/measure/open-world.ts';

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
    expect(openWorldScores([image], { recallLevel: 1 }).wildernessImpact).toBeNull();
  });

  it('says null without unknown objects', () => {
    expect(openWorldScores([empty])).toEqual({
      unknownRecall: null,
      wildernessImpact: null,
      openSetError: 0,
      unknownObjects: 0,
    });
  });
});
