import { describe, expect, it } from 'vitest';
import { sequencesOf } from '../../../operators/measure/sequences.ts';

const image = (id: string, name: string, left: number) => ({
  id,
  objects: [{ class: name, box: [left, 0, left + 10, 10] as const }],
});

describe('sequences of pictures', () => {
  it('hold successive pictures with the same object at nearly the same place', () => {
    const images = [image('f10', 'bolt', 4), image('f2', 'bolt', 0), image('f9', 'bolt', 2)];
    // In natural order f2, f9, f10.
    expect(sequencesOf(images)).toEqual([[1, 2, 0]]);
  });

  it('are the tracks where every picture names one', () => {
    const tracked = ['b', 'a', 'b', 'a'].map((track, i) => ({
      ...image(String(i), 'bolt', 100 * i),
      track,
    }));
    expect(sequencesOf(tracked)).toEqual([
      [0, 2],
      [1, 3],
    ]);
    const { track: _, ...without } = tracked[3]!;
    expect(sequencesOf([...tracked.slice(0, 3), without])).toEqual([[0], [1], [2], [3]]);
    expect(sequencesOf([])).toEqual([]);
  });

  it('end where the object is another one, has moved away, or is gone', () => {
    const images = [
      image('1', 'bolt', 0),
      image('2', 'nut', 0),
      image('3', 'nut', 30),
      { id: '4', objects: [] },
      image('5', 'nut', 30),
    ];
    expect(sequencesOf(images)).toEqual([[0], [1], [2], [3], [4]]);
  });
});
