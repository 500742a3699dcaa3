import { setTimeout as delay } from 'node:timers/promises';
import { firstValueFrom, map, take, toArray } from 'rxjs';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';
import { emitFrame } from '../../../../operators/ingest/sources/acquire-slot.ts';
import { fromTask } from '../../../../operators/ingest/sources/from-task.ts';
import type { ViewPlan } from '../../../../operators/ingest/frames/view-plan.ts';
import type { ViewSize } from '../../../../operators/ingest/frames/view-size.ts';
import type { Source } from '../../../../operators/ingest/source.ts';

/** The pixels of a frame, copied out of its slot. */
export interface RecordedPicture {
  readonly full: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly view: Uint8Array;
  readonly viewSize: ViewSize;
}

/** Copies the first `count` pictures of a source, or all that it has. */
export function recordPictures(
  source: Source,
  { viewSize, count }: { readonly viewSize: ViewPlan; readonly count: number },
): Promise<readonly RecordedPicture[]> {
  const onEvent = (): void => undefined;
  const context = { camera: 'recorder', pool: new SharedFramePool(2), viewSize, onEvent };
  return firstValueFrom(
    source.open({ ...context, pace: 'demand' }).pipe(
      map((frame) => {
        const { full, width, height, view, viewSize } = frame;
        const copies = { full: full.slice(), view: sharedCopy(view) };
        const picture = { ...copies, width, height, viewSize };
        frame.release();
        return picture;
      }),
      take(count),
      toArray(),
    ),
  );
}

/** V8 does not count shared memory towards the heap. */
function sharedCopy(pixels: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(pixels.length));
  copy.set(pixels);
  return copy;
}

/**
 * A live camera that repeats pictures from memory, with views of the size that they were recorded
 * with: a frame costs two copies. Pictures begin at index `from`, `afterMs` after the start.
 */
export function memoryCamera(
  pictures: readonly RecordedPicture[],
  { fps, from, afterMs }: { readonly fps: number; readonly from: number; readonly afterMs: number },
): Source {
  return {
    kind: 'custom',
    endless: true,
    open: (context) =>
      fromTask(async (emit, signal) => {
        const { width, height } = pictures[0]!;
        context.onEvent({ type: 'opened', detail: 'pictures from memory', width, height, fps });
        const startMs = performance.now() + afterMs;
        for (let index = 0; ; index++) {
          const picture = pictures[(from + index) % pictures.length]!;
          const timestampMs = (index * 1000) / fps;
          await delay(Math.max(0, startMs + timestampMs - performance.now()), null, { signal });
          await emitFrame(context, picture, { emit, signal }, ({ full, view }) => {
            full.set(picture.full);
            view.set(picture.view);
            const { camera } = context;
            const size = { sourceWidth: picture.width, sourceHeight: picture.height };
            return { camera, index, timestampMs, timeBasis: 'media', ...size };
          });
        }
      }),
  };
}
