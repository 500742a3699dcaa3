import {
  concatMap,
  concatWith,
  connect,
  defer,
  endWith,
  from,
  ignoreElements,
  merge,
  takeUntil,
  type Observable,
  type OperatorFunction,
} from 'rxjs';
import type { Clock } from '../../../operators/foundation/time/clock.ts';
import type { ModelMessage } from '../../../sinks/events.ts';

/** A model message, and whether it waits until its head has detected a frame. */
export interface Announcement {
  readonly message: ModelMessage;
  /** Set where the message waits for a frame that was detected with this head or a newer one. */
  readonly live?: {
    readonly headVersion: number;
    /** Arrival of the first label that the head learned, on {@link Clock.nowMs}; null without. */
    readonly firstLabelMs: number | null;
  };
}

/**
 * Holds the message of a swap until the first frame was detected with the new head, and adds how
 * long that took since the label (`labelToLiveMs`). Other messages pass at once.
 *
 * `detectedVersions` emits the head version of every detected frame. A head that is replaced
 * before it made a frame, or at the end of the stream, is announced without a time.
 */
export function announceWhenLive(
  detectedVersions: Observable<number>,
  clock: Pick<Clock, 'nowMs'>,
): OperatorFunction<Announcement, ModelMessage> {
  return (announcements) =>
    defer(() => {
      let waiting: Announcement | null = null;
      const release = (liveMs: number | null): ModelMessage[] => {
        if (waiting === null) return [];
        const { message, live } = waiting;
        waiting = null;
        const firstLabelMs = live?.firstLabelMs ?? null;
        if (liveMs === null || firstLabelMs === null) return [message];
        return [{ ...message, labelToLiveMs: liveMs - firstLabelMs }];
      };
      const receive = (announcement: Announcement): ModelMessage[] => {
        if (announcement.live === undefined) return [announcement.message];
        const replaced = release(null);
        waiting = announcement;
        return replaced;
      };
      const detect = (version: number): ModelMessage[] => {
        const wanted = waiting?.live?.headVersion ?? Infinity;
        return version < wanted ? [] : release(clock.nowMs());
      };
      return announcements.pipe(
        connect((shared) =>
          merge(
            shared.pipe(concatMap((announcement) => from(receive(announcement)))),
            detectedVersions.pipe(
              concatMap((version) => from(detect(version))),
              takeUntil(shared.pipe(ignoreElements(), endWith(null))),
            ),
          ),
        ),
        concatWith(defer(() => from(release(null)))),
      );
    });
}
