import { timer } from 'rxjs';
import { expect, it } from 'vitest';
import { FrameScheduler } from '../../../../operators/foundation/time/virtual-time.ts';

it('a wait takes as long in the frames’ time, however fast they come', () => {
  const scheduler = new FrameScheduler();
  const times: number[] = [];
  scheduler.advance(1000);
  timer(300, scheduler).subscribe(() => times.push(scheduler.now()));
  timer(900, scheduler).subscribe(() => times.push(scheduler.now()));
  scheduler.advance(1299);
  expect(times).toEqual([]);
  scheduler.advance(1350);
  expect(times).toEqual([1300]);
  expect(scheduler.now()).toBe(1350);
  // A recording that starts over does not turn the clock back.
  scheduler.advance(0);
  expect(scheduler.now()).toBe(1350);
  scheduler.advance(5000);
  expect(times).toEqual([1300, 1900]);
});
