import { describe, expect, it } from 'vitest';
import { StallLimit } from '../../../../operators/ingest/ffmpeg/stall-limit.ts';

const limits = { openMs: 30_000, stallMs: 10_000, fps: null };

/** The limit after pictures at a constant interval. */
function limitAfter(pictures: number, intervalMs: number, options = limits): number {
  const limit = new StallLimit(options);
  for (let i = 0; i < pictures; i++) limit.delivered(i * intervalMs);
  return limit.limitMs;
}

describe('StallLimit', () => {
  it.each([0, 1])('grants the time to open after %i pictures', (pictures) => {
    expect(limitAfter(pictures, 40)).toBe(30_000);
  });

  it('grants no more than the time to open before the first picture', () => {
    const brief = { ...limits, openMs: 2000 };
    expect(limitAfter(0, 40, brief)).toBe(2000);
    expect(limitAfter(1, 40, brief)).toBe(10_000);
  });

  it.each([
    ['120 fps', 1000 / 120, 10_000],
    ['1 fps', 1000, 10_000],
    ['0.2 fps', 5000, 15_000],
    ['0.1 fps', 10_000, 30_000],
    ['one in an hour', 3_600_000, 600_000],
  ])('grants %s three intervals, but never less than stallMs', (_, intervalMs, expected) => {
    expect(limitAfter(100, intervalMs)).toBe(expected);
  });

  it('grants three intervals of the rate to which a camera is thinned', () => {
    const thinned = new StallLimit({ ...limits, fps: 0.1 });
    thinned.delivered(0);
    thinned.delivered(40);
    expect(thinned.limitMs).toBe(30_000);
  });

  it('forgets a long interval after two minutes', () => {
    const limit = new StallLimit(limits);
    let ms = 0;
    const deliver = (forMs: number, intervalMs: number): void => {
      for (const endMs = ms + forMs; ms < endMs; ms += intervalMs) limit.delivered(ms);
    };
    deliver(20_000, 20_000);
    deliver(30_000, 100);
    expect(limit.limitMs).toBe(60_000);
    deliver(130_000, 100);
    expect(limit.limitMs).toBe(10_000);
  });

  it('does not learn from a silence in which no picture was asked for', () => {
    const limit = new StallLimit(limits);
    limit.delivered(0);
    limit.delivered(100);
    limit.interrupted();
    limit.delivered(60_000);
    limit.delivered(60_100);
    expect(limit.limitMs).toBe(10_000);
  });
});
