import { describe, expect, it } from 'vitest';
import { mediaTime, wallTime } from '../../../../operators/ingest/frames/frame-numbering.ts';

describe('mediaTime', () => {
  it('derives timestamps from the index, without accumulating rounding errors', () => {
    const numbering = mediaTime(30);
    let last = numbering.next();
    expect(last).toEqual({ index: 0, timestampMs: 0 });
    for (let i = 0; i < 900; i++) last = numbering.next();
    expect(last).toEqual({ index: 900, timestampMs: 30_000 });
  });
});

describe('wallTime', () => {
  it('takes the time of the clock', () => {
    const times = [1000, 1040, 1080];
    const numbering = wallTime({ wallMs: () => times.shift()! });
    expect([numbering.next(), numbering.next(), numbering.next()]).toEqual([
      { index: 0, timestampMs: 1000 },
      { index: 1, timestampMs: 1040 },
      { index: 2, timestampMs: 1080 },
    ]);
  });

  it('always increases, even when the clock is set back', () => {
    const times = [1000, 1000, 400, 2000];
    const numbering = wallTime({ wallMs: () => times.shift()! });
    expect(Array.from({ length: 4 }, () => numbering.next().timestampMs)).toEqual([
      1000, 1001, 1002, 2000,
    ]);
  });
});
