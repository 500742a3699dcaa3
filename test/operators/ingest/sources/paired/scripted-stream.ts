import { Observable } from 'rxjs';
import type { Frame } from '../../../../../operators/ingest/frames/frame.ts';
import type { TimeBasis } from '../../../../../operators/foundation/time/time-basis.ts';
import { viewOf } from '../../../../../operators/ingest/frames/view-plan.ts';
import type { Source, SourceContext, SourceEvent } from '../../../../../operators/ingest/source.ts';

/** A stream whose pictures the test sends, each filled with one value. */
export class ScriptedStream {
  context: SourceContext | null = null;
  index = 0;
  dropped = 0;
  readonly source: Source;
  readonly #size: { width: number; height: number };

  constructor(width: number, height: number) {
    this.#size = { width, height };
    this.source = {
      kind: 'rtsp',
      endless: true,
      open: (context) =>
        new Observable((observer) => {
          this.context = context;
          this.#emit = (frame) => observer.next(frame);
          this.#stop = (error) => (error === null ? observer.complete() : observer.error(error));
          return () => {
            this.context = null;
          };
        }),
    };
  }

  #emit: (frame: Frame) => void = () => undefined;
  #stop: (error: unknown) => void = () => undefined;

  send(timestampMs: number, value = timestampMs % 251, timeBasis: TimeBasis = 'capture'): void {
    const { camera, pool, viewSize } = this.context!;
    const { width, height } = this.#size;
    const slot = pool.tryAcquire(width, height, viewOf(viewSize, width, height));
    const place = { camera, index: this.index++, timestampMs, timeBasis };
    if (slot === null) {
      this.dropped++;
      this.event({ type: 'dropped', reason: 'pool-full', count: 1 });
      return;
    }
    slot.full.fill(value);
    slot.view.fill(value);
    this.#emit(slot.publish({ ...place, sourceWidth: width, sourceHeight: height }));
  }

  event(event: SourceEvent): void {
    this.context!.onEvent(event);
  }

  open(): void {
    const { width, height } = this.#size;
    this.event({ type: 'opened', detail: `${width} wide`, width, height, fps: 25 });
  }

  lose(): void {
    this.event({ type: 'lost', reason: 'no picture', retryInMs: 500, attempt: 1 });
  }

  end(error: unknown = null): void {
    this.#stop(error);
  }
}
