import { map, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { FrameEvent, FrameMetrics } from '../../../operators/measure/frame-meter.ts';
import { measure } from '../../../operators/measure/measure.ts';

const events: Record<string, FrameEvent> = {
  c: { type: 'captured' },
  d: { type: 'detected', latencyMs: 8, detectMs: 4 },
  x: { type: 'dropped', reason: 'stale' },
};

/** captured/detected/dropped as one string, which marbles can name. */
const brief = map(
  ({ captured, detected, dropped }: FrameMetrics) =>
    `${captured}/${detected}/${dropped['stale'] ?? 0}`,
);

type Times = Parameters<Parameters<TestScheduler['run']>[0]>[0];

function inMarbles(test: (times: Times, scheduler: TestScheduler) => void): void {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run((times) => test(times, scheduler));
}

describe('measure', () => {
  const counted = (source: Observable<FrameEvent>, scheduler: TestScheduler) =>
    source.pipe(measure({ everyMs: 5, scheduler }), brief);

  it('reports at every period, and once more at the end', () => {
    inMarbles(({ cold, expectObservable }, scheduler) => {
      const source = cold('  c-d-c-x-c--d|', events);
      const expected = '     -----a----b-(c|)';
      expectObservable(counted(source, scheduler)).toBe(expected, {
        a: '2/1/0',
        b: '3/1/1',
        c: '3/2/1',
      });
    });
  });

  it('reports while nothing happens', () => {
    inMarbles(({ cold, expectObservable }, scheduler) => {
      expectObservable(counted(cold('-', events), scheduler), '12ms !').toBe('-----a----a-', {
        a: '0/0/0',
      });
    });
  });

  it('reports once for a camera that ends at once', () => {
    inMarbles(({ cold, expectObservable }, scheduler) => {
      expectObservable(counted(cold('|', events), scheduler)).toBe('(a|)', { a: '0/0/0' });
    });
  });

  it('passes the error of a camera on', () => {
    inMarbles(({ cold, expectObservable }, scheduler) => {
      expectObservable(counted(cold('c-#', events), scheduler)).toBe('--#');
    });
  });

  it('errors where a frame is counted twice', () => {
    inMarbles(({ cold, expectObservable }, scheduler) => {
      expectObservable(counted(cold('cdd', events), scheduler)).toBe(
        '--#',
        {},
        new RangeError('1 frames detected, but only 0 under way'),
      );
    });
  });

  it('lets go of its source when nobody listens any more', () => {
    inMarbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const source = cold('c-c-c-c-c-c', events);
      expectObservable(counted(source, scheduler), '7ms !').toBe('-----a', { a: '3/0/0' });
      expectSubscriptions(source.subscriptions).toBe('^------!');
    });
  });

  it('counts afresh for every subscription', () => {
    inMarbles(({ cold, expectObservable }, scheduler) => {
      const metrics = counted(cold('c-|', events), scheduler);
      expectObservable(metrics).toBe('--(a|)', { a: '1/0/0' });
      expectObservable(metrics, '10ms ^').toBe('12ms (a|)', { a: '1/0/0' });
    });
  });
});
