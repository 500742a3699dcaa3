import { describe, expect, test } from 'vitest';
import { InFlight } from '../../../../operators/foundation/streams/in-flight.ts';

const outcomes = (inFlight: InFlight): string[] => {
  const got: string[] = [];
  inFlight.idle$.subscribe({
    next: () => got.push('idle'),
    complete: () => got.push('complete'),
  });
  return got;
};

describe('work in flight', () => {
  test('is idle at once where there is none', () => {
    expect(outcomes(new InFlight())).toEqual(['idle', 'complete']);
  });

  test('is idle when the last piece has ended', () => {
    const inFlight = new InFlight();
    const ends = [inFlight.begin(), inFlight.begin()];
    const got = outcomes(inFlight);
    ends[1]!();
    expect([inFlight.count, got]).toEqual([1, []]);
    ends[0]!();
    expect([inFlight.count, got]).toEqual([0, ['idle', 'complete']]);
  });

  test('ends each piece once, however often its end is called', () => {
    const inFlight = new InFlight();
    const end = inFlight.begin();
    inFlight.begin();
    end();
    end();
    expect(inFlight.count).toBe(1);
  });
});
