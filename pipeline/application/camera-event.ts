import type { SourceEvent } from '../../operators/ingest/source.ts';
import type { CameraMetrics } from '../../sinks/events.ts';

/** What a camera reports beside its frames. */
export type CameraEvent =
  | {
      readonly type: 'state';
      readonly camera: string;
      readonly state: CameraMetrics['state'];
      readonly detail: string;
    }
  | { readonly type: 'captured' }
  /** It answers, but its picture is the one before. */
  | { readonly type: 'unchanged' }
  | { readonly type: 'detected'; readonly headVersion: number }
  | { readonly type: 'crop-failed'; readonly error: unknown }
  /** A line for the log: something that the user can mend. */
  | { readonly type: 'advice'; readonly camera: string; readonly text: string };

/** One line on a source that was opened: what it is, its size and its rate. */
export function describeOpening({
  detail,
  width,
  height,
  fps,
}: Extract<SourceEvent, { type: 'opened' }>): string {
  const rate = fps === null ? '' : `, ${fps} fps`;
  return `${detail}: ${width} × ${height}${rate}`;
}
