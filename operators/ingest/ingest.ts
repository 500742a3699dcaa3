import { defer, type Observable } from 'rxjs';
import type { Frame } from './frames/frame.ts';
import type { Source, SourceContext } from './source.ts';

/**
 * Opens a source on subscription and emits its frames. The subscriber owns and releases each one.
 *
 * Dropped frames and reconnections of live cameras are reported to `context.onEvent`. Errors as the
 * source does, also when its `open` throws.
 */
export function ingest(source: Source, context: SourceContext): Observable<Frame> {
  return defer(() => source.open(context));
}
