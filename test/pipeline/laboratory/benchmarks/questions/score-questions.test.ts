import { describe, expect, it } from 'vitest';
import {
  annotatedVideos,
  type Annotation,
  boxAt,
  readAnnotation,
} from '../../../../../pipeline/laboratory/benchmarks/questions/annotation.ts';
import type { Asked } from '../../../../../pipeline/laboratory/benchmarks/questions/collect-questions.ts';
import {
  delaysOf,
  judgeQuestions,
  scoreQuestions,
} from '../../../../../pipeline/laboratory/benchmarks/questions/score-questions.ts';
import type { Box } from '../../../../../operators/foundation/geometry/box.ts';

const box: Box = [100, 100, 200, 200];
const person: Box = [300, 100, 400, 400];
const annotation: Annotation = {
  novelIds: ['box', 'ball'],
  at: () => [
    { id: 'box', kind: 'novel', classes: [], box },
    { id: 'pen', kind: 'minor', classes: [], box: [600, 100, 640, 110] },
    { id: 'walker', kind: 'known', classes: ['person'], box: person },
  ],
};

/** Questions with a sample at each of these boxes. */
function asked(questions: readonly (readonly Box[])[], named: string | null = 'person'): Asked {
  const sample = { sampleId: 's', trackId: 1, novelty: 0.5, askedMs: null, jpeg: Buffer.alloc(0) };
  return {
    questions: questions.map((boxes, i) => ({
      clusterId: `c${i}`,
      samples: boxes.map((each, j) => ({ ...sample, box: each, timestampMs: 1000 * j })),
      isOpen: true,
    })),
    samples: [],
    detections: [0, 1000, 2000].map((timestampMs) => ({
      timestampMs,
      detections:
        named === null
          ? []
          : [
              {
                class: named,
                score: 0.9,
                box: person,
                trackId: 1,
                headVersion: 0,
                by: 'base' as const,
              },
            ],
    })),
    truths: new Map(),
  };
}

const verdictsOf = (...args: Parameters<typeof asked>) =>
  judgeQuestions(asked(...args), annotation).map(({ verdict }) => verdict);

describe('judgeQuestions', () => {
  it('tells what most samples of a question show', () => {
    const nowhere: Box = [700, 400, 740, 440];
    const feet: Box = [310, 360, 390, 400];
    expect(verdictsOf([[box], [box, box, nowhere], [nowhere], [feet], [person]])).toEqual([
      ...['novel', 'novel', 'background', 'fragment', 'known'],
    ]);
    const [judged] = judgeQuestions(asked([[box, box, nowhere]]), annotation);
    expect(judged?.purity).toBeCloseTo(2 / 3);
  });

  it('counts a third question about an object as a repeat', () => {
    expect(verdictsOf([[box], [box], [box]])).toEqual(['novel', 'novel', 'repeat']);
  });

  it('tells known objects that the detector does not name, or by a wrong name', () => {
    expect(verdictsOf([[person]], 'person')).toEqual(['known']);
    expect(verdictsOf([[person]], 'cell phone')).toEqual(['unnamed']);
    expect(verdictsOf([[person]], null)).toEqual(['unnamed']);
  });
});

describe('scoreQuestions', () => {
  it('counts novel objects, questions about them, and useless questions', () => {
    const pen: Box = [600, 100, 640, 110];
    const questions = [[box], [box], [box], [person], [pen]];
    const score = scoreQuestions(judgeQuestions(asked(questions), annotation), annotation);
    expect(score).toMatchObject({
      ...{ questions: 5, open: 5, novelObjects: 2, novelAsked: 1, missed: ['ball'] },
      ...{ novelQuestions: 3, mostPerObject: 3, useless: 2, purity: 1 },
      verdicts: { novel: 2, repeat: 1, known: 1, minor: 1 },
    });
  });
});

describe('delays', () => {
  const sample = { sampleId: 's', trackId: 1, novelty: 0.5, jpeg: Buffer.alloc(0) };

  it('are those of the first sample and the first card of each novel object', () => {
    const { detections } = asked([]);
    const samples = [
      { ...sample, box: person, timestampMs: 0, askedMs: 0 },
      { ...sample, box, timestampMs: 1500, askedMs: null },
      { ...sample, box, timestampMs: 2000, askedMs: 4500 },
      { ...sample, box, timestampMs: 3000, askedMs: 4000 },
    ];
    expect(delaysOf({ samples, detections }, annotation)).toEqual({
      toSample: { objects: 1, median: 1.5, worst: 1.5 },
      toQuestion: { objects: 1, median: 4, worst: 4 },
    });
  });

  it('are none where no novel object was sampled', () => {
    const none = { objects: 0, median: null, worst: null };
    const delays = delaysOf({ samples: [], detections: [] }, annotation);
    expect(delays).toEqual({ toSample: none, toQuestion: none });
  });
});

describe('annotations', () => {
  it('interpolate between key frames and end a little after the last one', () => {
    const keys = [
      [1, 0, 0, 10, 10],
      [2, 10, 20, 20, 30],
    ] as const;
    const at = (seconds: number) => boxAt(keys, seconds);
    expect(at(1.5)).toEqual([5, 10, 15, 20]);
    expect(at(2.1)).toEqual([10, 20, 20, 30]);
    expect(at(2.3)).toBeNull();
    expect(at(0.7)).toBeNull();
  });

  it.each(annotatedVideos)('of %s can be read', (name) => {
    const { video, novelIds, at } = readAnnotation(name);
    expect(video).toContain(name);
    const novel = new Map<string, number>([
      ['vtest', 2],
      ['box', 1],
    ]);
    expect(novelIds).toHaveLength(novel.get(name) ?? 0);
    expect(at(1000).length).toBeGreaterThan(0);
    const boxes = Array.from({ length: 80 }, (_, i) => at(1000 * i)).flat();
    expect(boxes.every(({ box: [x0, y0, x1, y1] }) => x1 > x0 && y1 > y0)).toBe(true);
  });
});
