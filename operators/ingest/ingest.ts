import { defer, type Observable } from 'rxjs';
import type { Frame } from './frames/frame.ts';
import type { Source, SourceContext } from './source.ts';

/**
 * Opens a source on subscription and emits its frames. The subscriber owns and releases each one.
 *
 * Dropped frames and reconnections of live cameras are reported to `context.onEvent`. Errors as the
 * source does, also when its `open` throws.
 *
 * @example
 * import { ingest, SharedFramePool } from 'lifelens';
 * import { createSource } from 'lifelens/sources';
 *
 * const pool = new SharedFramePool(4);
 * const onEvent = console.log;
 * const context = { camera: 'yard', pool, viewSize: 320, pace: 'live', onEvent } as const;
 * ingest(createSource('world'), context).subscribe((frame) => {
 *   console.log(frame.index, frame.width, frame.height);
 *   frame.release();
 * });
 */
export function ingest(source: Source, context: SourceContext): Observable<Frame> {
  return defer(() => source.open(context));
}
