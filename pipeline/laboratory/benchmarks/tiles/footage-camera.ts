import { viewOf } from '../../../../operators/ingest/frames/view-plan.ts';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { ViewMaker } from '../../../../operators/ingest/pictures/view-maker.ts';
import type { Source } from '../../../../operators/ingest/source.ts';
import { emitFrame } from '../../../../operators/ingest/sources/acquire-slot.ts';
import { fromTask } from '../../../../operators/ingest/sources/from-task.ts';
import type { Footage } from './footage.ts';

/** A live camera that shows footage once. `onCapture`: called with the index of each frame. */
export function footageCamera(footage: Footage, onCapture: (index: number) => void): Source {
  const { width, height, fps, frames } = footage;
  return {
    kind: 'custom',
    endless: true,
    open: (context) =>
      fromTask(async (emit, signal) => {
        context.onEvent({ type: 'opened', detail: 'footage', width, height, fps });
        const views = new ViewMaker();
        const viewSize = viewOf(context.viewSize, width, height);
        const startMs = performance.now();
        for (let index = 0; index < frames; index++) {
          const timestampMs = (index * 1000) / fps;
          await delay(Math.max(0, startMs + timestampMs - performance.now()), null, { signal });
          await emitFrame(
            context,
            { width, height, viewSize },
            { emit, signal },
            ({ full, view }) => {
              footage.fill(index, full);
              views.run(full, width, height, viewSize, view);
              onCapture(index);
              const size = { sourceWidth: width, sourceHeight: height };
              return { camera: context.camera, index, timestampMs, timeBasis: 'media', ...size };
            },
          );
        }
      }),
  };
}
