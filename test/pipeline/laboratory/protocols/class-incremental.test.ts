import { describe, expect, it } from 'vitest';
import {
  classIncremental,
  countClasses,
  planSteps,
} from '../../../../pipeline/laboratory/protocols/class-incremental.ts';
import {
  type LearningSession,
  ProtocolError,
} from '../../../../pipeline/laboratory/protocols/protocol.ts';
import { setOf } from '../../../operators/datasets/set-of.ts';
import { imageOf, objectOf } from '../learning/painted-set.ts';

const train = setOf([
  imageOf('1', [objectOf('cup', [0, 0, 9, 9]), objectOf('hat', [20, 0, 29, 9])]),
  imageOf('2', [objectOf('hat', [1, 0, 9, 9]), objectOf('cup', [2, 0, 9, 9], { difficult: true })]),
  imageOf('3', [objectOf('pen'), objectOf('cup', [5, 5, 40, 40], { crowd: true })]),
  imageOf('4', []),
]);
const classes = ['cup', 'hat', 'pen'];

describe('class-incremental steps', () => {
  it('label only the objects of their classes, and treat others as background', () => {
    const steps = planSteps({ train, seed: 1 }, classes, [1, 1, 1]);
    expect(steps.flatMap(({ introduced }) => introduced).sort()).toEqual(classes);
    const byClass = Object.fromEntries(
      steps.map(({ introduced, pictures }) => [
        introduced[0]!,
        pictures
          .map(({ image, boxes, ignore }) => ({ id: image.id, boxes, ignore }))
          .sort((a, b) => a.id.localeCompare(b.id)),
      ]),
    );
    expect(byClass).toEqual({
      cup: [{ id: '1', boxes: [{ box: [0, 0, 9, 9], label: 'cup' }], ignore: [] }],
      hat: [
        { id: '1', boxes: [{ box: [20, 0, 29, 9], label: 'hat' }], ignore: [] },
        { id: '2', boxes: [{ box: [1, 0, 9, 9], label: 'hat' }], ignore: [[2, 0, 9, 9]] },
      ],
      pen: [
        { id: '3', boxes: [{ box: [10, 10, 30, 30], label: 'pen' }], ignore: [[5, 5, 40, 40]] },
      ],
    });
  });

  it('label all classes of a step in a picture with several', () => {
    const [both] = planSteps({ train, seed: 1 }, ['cup', 'hat'], [2]);
    const first = both!.pictures.find(({ image }) => image.id === '1');
    expect(first?.boxes.map(({ label }) => label)).toEqual(['cup', 'hat']);
  });

  it('are ordered by the seed', () => {
    const orderOf = (seed: number) =>
      planSteps({ train, seed }, classes, [1, 1, 1]).flatMap(({ introduced }) => introduced);
    expect(orderOf(4)).toEqual(orderOf(4));
    const orders = new Set([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => orderOf(seed).join()));
    expect(orders.size).toBeGreaterThan(1);
  });

  it('count learnable objects', () => {
    expect(Object.fromEntries(countClasses(train))).toEqual({ cup: 1, hat: 2, pen: 1 });
  });

  it('are rejected for sets that share too few classes', async () => {
    const session = { train, test: train, seed: 1 } as unknown as LearningSession;
    const protocol = classIncremental.find(({ name }) => name === '10+10')!;
    const run = async () => protocol.run(session);
    await expect(run()).rejects.toThrow(ProtocolError);
    await expect(run()).rejects.toThrow('10+10 takes 20 classes, the two sets share 3');
  });
});
