import { timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { VirtualTime } from '../../../../operators/foundation/time/virtual-time.ts';

it('a delay takes as long in frame time, however fast frames arrive', () => {
  const clock = new VirtualTime();
  const times: number[] = [];
  clock.advance(1000);
  timer(300, clock.scheduler).subscribe(() => times.push(clock.wallMs()));
  timer(900, clock.scheduler).subscribe(() => times.push(clock.wallMs()));
  clock.advance(1299);
  expect(times).toEqual([]);
  clock.advance(1350);
  expect(times).toEqual([1300]);
  expect(clock.wallMs()).toBe(1350);
  // A recording that restarts does not turn the clock back.
  clock.advance(0);
  expect(clock.wallMs()).toBe(1350);
  clock.advance(5000);
  expect(times).toEqual([1300, 1900]);
});

describe('virtual time', () => {
  it('runs delays and dates records by frame timestamps', () => {
    const clock = new VirtualTime();
    const times: number[] = [];
    expect(clock.wallMs()).toBe(0);
    clock.advance(1000);
    timer(300, clock.scheduler).subscribe(() => times.push(clock.wallMs()));
    clock.advance(2000);
    expect(times).toEqual([1300]);
    expect(clock.wallMs()).toBe(2000);
    clock.advance(500);
    expect(clock.wallMs()).toBe(2000);
  });

  it('measures durations in real time', async () => {
    const clock = new VirtualTime();
    const startedMs = clock.nowMs();
    clock.advance(1e9);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const tookMs = clock.nowMs() - startedMs;
    expect(tookMs).toBeGreaterThan(1);
    expect(tookMs).toBeLessThan(1e6);
  });
});
