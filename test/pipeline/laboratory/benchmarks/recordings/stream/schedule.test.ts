import { describe, expect, it } from 'vitest';
import type { Name } from '../../../../../../pipeline/laboratory/benchmarks/recordings/stream/mistakes.ts';
import {
  delayOf,
  scheduleVisits,
} from '../../../../../../pipeline/laboratory/benchmarks/recordings/stream/schedule.ts';

const frames = [16, 16, 16, 16, 16, 16];
const nameOf = (visit: number, givenAt: number): Name => {
  return { track: visit + 1, label: 'cone', visit, givenAt };
};
/** A question in the first frame of each visit. */
const names = frames.map((_, visit) => nameOf(visit, 16 * visit + 1));

describe('the schedule', () => {
  it('learns visits once they are over where answers come at once', () => {
    expect(scheduleVisits(frames, names, { delay: 0, group: 1 })).toEqual([
      [0],
      [1],
      [2],
      [3],
      [4],
      [5],
    ]);
  });

  it('learns in groups, the last of which may be smaller', () => {
    expect(scheduleVisits(frames, names, { delay: 0, group: 4 })).toEqual([
      [],
      [],
      [],
      [0, 1, 2, 3],
      [],
      [4, 5],
    ]);
  });

  it('waits for late answers, and for the latest of several about a visit', () => {
    expect(scheduleVisits(frames, names, { delay: 32, group: 1 })).toEqual([
      [],
      [],
      [0],
      [1],
      [2],
      [3, 4, 5],
    ]);
    const late = [...names, nameOf(0, 16)];
    expect(scheduleVisits(frames, names, { delay: 33, group: 1 })[2]).toEqual([0]);
    expect(scheduleVisits(frames, late, { delay: 33, group: 1 })[3]).toEqual([0, 1]);
  });

  it('learns everything at the end where answers come after the last frame', () => {
    const schedule = scheduleVisits(frames, names, { delay: 'end', group: 2 });
    expect(schedule).toEqual([[], [], [], [], [], [0, 1, 2, 3, 4, 5]]);
  });

  it('leaves out visits without a name', () => {
    const schedule = scheduleVisits(frames, [nameOf(2, 33)], { delay: 0, group: 1 });
    expect(schedule).toEqual([[], [], [2], [], [], []]);
  });
});

it('delays are whole numbers of frames, or the end', () => {
  expect(['0', '64', 'end'].map(delayOf)).toEqual([0, 64, 'end']);
  for (const text of ['', '-1', '1.5', 'late']) expect(() => delayOf(text)).toThrow(RangeError);
});
