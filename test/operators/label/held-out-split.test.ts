import { describe, expect, it } from 'vitest';
import { HeldOutSplit } from '../../../operators/label/held-out-split.ts';

const decide = (heldOut: HeldOutSplit, count: number, name = 'cone'): boolean[] =>
  Array.from({ length: count }, (_, i) => heldOut.isHeldOut(name, `yard/${i}`));

describe('the held-out share', () => {
  it('takes every fifth object at 0.2, and none of the first', () => {
    const taken = decide(new HeldOutSplit(0.2), 20).flatMap((held, i) => (held ? [i] : []));
    expect(taken).toEqual([4, 9, 14, 19]);
  });

  it('is exact for shares that binary fractions are not', () => {
    expect(decide(new HeldOutSplit(0.1), 100).filter(Boolean)).toHaveLength(10);
    expect(decide(new HeldOutSplit(0.3), 10).filter(Boolean)).toHaveLength(3);
  });

  it('is counted by class', () => {
    const heldOut = new HeldOutSplit(0.5);
    expect(decide(heldOut, 2, 'cone')).toEqual([false, true]);
    expect(decide(heldOut, 2, 'bollard')).toEqual([false, true]);
  });

  it('gives the same answer for every sample of one object', () => {
    const heldOut = new HeldOutSplit(0.5);
    expect([1, 2, 1, 2, 2, 1].map((track) => heldOut.isHeldOut('cone', `yard/${track}`))).toEqual([
      ...[false, true, false, true, true, false],
    ]);
  });

  it('holds nothing out at 0, and no more than its cap', () => {
    expect(decide(new HeldOutSplit(0), 50)).not.toContain(true);
    expect(decide(new HeldOutSplit(0.5, 3), 50).filter(Boolean)).toHaveLength(3);
  });

  it('remembers the latest 512 objects of a class', () => {
    const heldOut = new HeldOutSplit(0.5);
    const first = decide(heldOut, 600);
    const again = Array.from({ length: 88 }, (_, i) =>
      heldOut.isHeldOut('cone', `yard/${599 - i}`),
    );
    expect(again).toEqual(first.slice(-88).reverse());
  });
});
