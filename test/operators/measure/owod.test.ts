import { describe, expect, it } from 'vitest';
import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { openWorldScores } from '../../../operators/measure/open-world.ts';
import { type OwodImage, owodScores } from '../../../operators/measure/owod.ts';

const at = (left: number): Box => [left, 0, left + 10, 10];
const cat = (left: number, score: number) => ({ class: 'cat', box: at(left), score });
const dog = (left: number, score: number) => ({ class: 'dog', box: at(left), score });

const five: OwodImage = {
  known: [0, 20, 40, 60, 80].map((left) => ({ class: 'cat', box: at(left) })),
  unknown: [{ box: at(100) }, { box: at(120) }],
  detections: [
    cat(0, 0.9),
    cat(20, 0.8),
    cat(100, 0.75),
    cat(200, 0.7),
    cat(40, 0.6),
    cat(60, 0.5),
    // A recall of 0.8 is reached here: the rest lies past the operating point.
    cat(120, 0.4),
  ],
};

describe('open-world scores as the code of OWOD has them', () => {
  it('count every detection on an unknown object, of each class', () => {
    const image = {
      known: [],
      unknown: [{ box: at(0) }, { box: at(50) }],
      detections: [cat(0, 0.9), cat(1, 0.8), dog(0, 0.3), dog(90, 0.9), cat(50, 0.04)],
    };
    // Two of cat and one of dog; the last is below a score of 0.05.
    expect(owodScores([image]).openSetErrors).toBe(3);
    expect(owodScores([image], { scoreMin: 0 }).openSetErrors).toBe(4);
    const { openSetError } = openWorldScores([
      { ...image, recognised: image.detections, flagged: [] },
    ]);
    expect(openSetError).toBe(2);
  });

  it('take an IoU above 0.5, not one of 0.5', () => {
    const wide = { known: [], unknown: [{ box: [0, 0, 10, 20] as const }] };
    expect(owodScores([{ ...wide, detections: [cat(0, 1)] }]).openSetErrors).toBe(0);
    const taller = { class: 'cat', box: [0, 0, 10, 11] as const, score: 1 };
    expect(owodScores([{ ...wide, detections: [taller] }]).openSetErrors).toBe(1);
  });

  it('have false positives on unknown objects in the denominator of wilderness impact', () => {
    // 4 true positives, 1 false positive elsewhere, 1 on an unknown object.
    expect(owodScores([five]).wildernessImpact).toBeCloseTo(1 / 6, 12);
    const [ratio] = [openWorldScores([{ ...five, recognised: five.detections, flagged: [] }])];
    expect(ratio.wildernessImpact).toBeCloseTo(1 / 5, 12);
  });

  it('read a class that never reaches the recall level where it comes closest', () => {
    const image = { ...five, detections: five.detections.filter(({ box }) => box[0] !== 60) };
    // Recall 0.6 from the fifth detection on; the sixth is on an unknown object too.
    expect(owodScores([image]).wildernessImpact).toBeCloseTo(1 / 5, 12);
    expect(owodScores([image], { recallLevel: 0.4 }).wildernessImpact).toBe(0);
  });

  it('sum over the classes that have objects and detections', () => {
    const other: OwodImage = {
      known: [
        { class: 'dog', box: at(0) },
        { class: 'hen', box: at(0) },
      ],
      unknown: [{ box: at(300) }],
      detections: [dog(300, 0.9), dog(0, 0.8), { class: 'owl', box: at(300), score: 1 }],
    };
    // (1 + 1) / (6 + 2); hen has no detection and owl no object.
    expect(owodScores([five, other]).wildernessImpact).toBeCloseTo(2 / 8, 12);
    expect(owodScores([five, other]).openSetErrors).toBe(4);
  });

  it('leave detections on difficult objects out, and a second one on an object is false', () => {
    const image: OwodImage = {
      known: [
        { class: 'cat', box: at(0) },
        { class: 'cat', box: at(20), difficult: true },
      ],
      unknown: [{ box: at(40) }],
      detections: [cat(20, 0.9), cat(40, 0.8), cat(0, 0.7), cat(1, 0.6)],
    };
    // At the first rank of recall 1: one on the unknown object and one hit.
    expect(owodScores([image], { recallLevel: 1 }).wildernessImpact).toBeCloseTo(1 / 2, 12);
  });

  it('are null without a class that has objects and detections', () => {
    expect(owodScores([{ known: [], unknown: [], detections: [] }])).toEqual({
      openSetErrors: 0,
      wildernessImpact: null,
    });
  });
});
