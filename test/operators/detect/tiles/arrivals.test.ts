import { describe, expect, it } from 'vitest';
import { Arrivals } from '../../../../operators/detect/tiles/arrivals.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';

const [one, other] = [{}, {}];

/** Notes frames every `everyMs`; the time of the last. */
function note(arrivals: Arrivals, stream: object, everyMs: number, count = 30, fromMs = 0): number {
  for (let i = 0; i < count; i++) arrivals.note(stream, fromMs + i * everyMs);
  return fromMs + (count - 1) * everyMs;
}

describe('arrivals of frames', () => {
  it('are expected after the usual gap', () => {
    const arrivals = new Arrivals();
    const lastMs = note(arrivals, one, 200);
    expect(arrivals.quietUntilMs(lastMs + 10)).toBeCloseTo(lastMs + 200, 0);
  });

  it('are expected at any time where few were seen, or one is late, until it is away', () => {
    const arrivals = new Arrivals();
    const firstMs = note(arrivals, one, 200, 3);
    expect(arrivals.quietUntilMs(firstMs + 10)).toBe(firstMs + 10);
    const lastMs = note(arrivals, one, 200, 30, firstMs + 200);
    expect(arrivals.quietUntilMs(lastMs + 300)).toBe(lastMs + 300);
    expect(arrivals.quietUntilMs(lastMs + 1000)).toBe(Infinity);
  });

  it('of the stream whose frame comes first count', () => {
    const arrivals = new Arrivals();
    note(arrivals, one, 200);
    const lastMs = note(arrivals, other, 100, 59);
    expect(arrivals.quietUntilMs(lastMs)).toBeLessThanOrEqual(lastMs + 100);
    arrivals.leave(other);
    expect(arrivals.quietUntilMs(lastMs)).toBeGreaterThan(lastMs);
  });

  it('hardly ever come earlier than expected, however unsteady the camera is', () => {
    const random = seededRandom(3);
    const arrivals = new Arrivals();
    let [nowMs, early] = [0, 0];
    for (let i = 0; i < 1000; i++) {
      arrivals.note(one, nowMs);
      const expectedMs = arrivals.quietUntilMs(nowMs);
      nowMs += 150 + 100 * random();
      if (nowMs < expectedMs) early++;
    }
    expect(early).toBeLessThanOrEqual(20);
  });
});
