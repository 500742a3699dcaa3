import { describe, expect, it } from 'vitest';
import { FrameCounters } from '../../../operators/measure/frame-counters.ts';

describe('FrameCounters', () => {
  it('keeps captured = detected + dropped + in flight after every call', () => {
    const counters = new FrameCounters();
    const check = () =>
      expect(counters.captured).toBe(counters.detected + counters.droppedTotal + counters.inFlight);
    counters.capture(5);
    check();
    counters.detect();
    check();
    counters.drop('stale', 2);
    check();
    counters.drop('pool-full');
    check();
    expect(counters.inFlight).toBe(1);
    expect(counters.dropped).toEqual({ stale: 2, 'pool-full': 1 });
  });

  it('throws for a frame counted twice and leaves the counts unchanged', () => {
    const counters = new FrameCounters();
    counters.capture();
    counters.detect();
    expect(() => counters.detect()).toThrow(/only 0 in flight/);
    expect(() => counters.drop('stale')).toThrow(RangeError);
    expect([counters.detected, counters.droppedTotal, counters.dropped]).toEqual([1, 0, {}]);
  });

  it('throws for a count that is not a whole number from 0', () => {
    expect(() => new FrameCounters().capture(-1)).toThrow(RangeError);
    expect(() => new FrameCounters().capture(0.5)).toThrow(RangeError);
  });

  it('returns a snapshot of the drops', () => {
    const counters = new FrameCounters();
    counters.capture(2);
    counters.drop('stale');
    const before = counters.dropped;
    counters.drop('stale');
    expect(before).toEqual({ stale: 1 });
  });
});
