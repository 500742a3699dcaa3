import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../../../operators/ingest/frames/rate-limit.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';

/** Pictures that come at `sent` a second for `seconds`, each up to `jitter` of an interval late. */
function timesOf(sent: number, seconds: number, jitter = 0): readonly number[] {
  const random = seededRandom(1);
  return Array.from(
    { length: Math.round(sent * seconds) },
    (_, i) => ((i + jitter * random()) * 1000) / sent,
  );
}

function admitted(times: readonly number[], fps: number | null): number {
  const limit = new RateLimit(fps);
  return times.filter((timeMs) => limit.admits(timeMs)).length;
}

describe('RateLimit', () => {
  it.each([
    [10, 10],
    [60, 10],
    [25, 10],
    [29.97, 10],
    [15, 10],
    [2, 1],
    [3, 10],
    [0.1, 1],
    [120, 0.1],
  ])('admits the lesser of %s a second sent and %s wanted', (sent, wanted) => {
    const seconds = 400;
    const expected = Math.min(sent, wanted) * seconds;
    for (const jitter of [0, 0.45]) {
      const count = admitted(timesOf(sent, seconds, jitter), wanted);
      expect(Math.abs(count - expected)).toBeLessThanOrEqual(1 + 0.005 * expected);
    }
  });

  it('admits everything without a rate', () => {
    expect(admitted([0, 0, 5, 5, 1], null)).toBe(5);
  });

  it.each([
    ['back', -3_600_000],
    ['forward', 3_600_000],
  ])('goes on at the same rate after a jump %s by an hour', (_, jumpMs) => {
    const times = timesOf(25, 20).map((timeMs) => (timeMs < 10_000 ? timeMs : timeMs + jumpMs));
    expect(Math.abs(admitted(times, 5) - 100)).toBeLessThanOrEqual(2);
  });
});
