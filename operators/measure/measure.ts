import {
  asyncScheduler,
  concat,
  defer,
  endWith,
  ignoreElements,
  interval,
  map,
  merge,
  of,
  takeWhile,
  tap,
  type OperatorFunction,
  type SchedulerLike,
} from 'rxjs';
import {
  FrameMeter,
  type FrameEvent,
  type FrameMeterOptions,
  type FrameMetrics,
} from './frame-meter.ts';

export interface MeasureOptions extends FrameMeterOptions {
  /** Time between two reports in ms; default 1000. */
  readonly everyMs?: number;
  /** The clock; default real time. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Turns what happens to a camera's frames into its metrics, one report every `everyMs` and a
 * last one when the camera ends.
 *
 * Counting starts afresh for every subscription. A camera's error ends the reports with it.
 */
export function measure({
  everyMs = 1000,
  scheduler = asyncScheduler,
  ...meterOptions
}: MeasureOptions = {}): OperatorFunction<FrameEvent, FrameMetrics> {
  return (events) =>
    defer(() => {
      const meter = new FrameMeter(meterOptions);
      const counted = events.pipe(
        tap((event) => meter.update(event, scheduler.now())),
        ignoreElements(),
        endWith(null),
      );
      const reports = interval(everyMs, scheduler).pipe(map(() => meter.report(scheduler.now())));
      return concat(
        // The null that ends `counted` ends the reports too: `interval` has no end of its own.
        merge(counted, reports).pipe(takeWhile((report) => report !== null)),
        defer(() => of(meter.report(scheduler.now()))),
      );
    });
}
