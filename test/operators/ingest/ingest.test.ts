import { of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { ingest, IngestCounts } from '../../../operators/ingest/ingest.ts';
import { SharedFramePool } from '../../../operators/ingest/frames/shared-frame-pool.ts';
import type { Source, SourceContext, SourceEvent } from '../../../operators/ingest/source.ts';

const frame = { index: 0 } as Frame;

/** Delivers two frames and drops three between them. */
const source: Source = {
  kind: 'world',
  endless: false,
  open: (context) => {
    context.onEvent({ type: 'dropped', reason: 'pool-full', count: 2 });
    context.onEvent({ type: 'dropped', reason: 'corrupt', count: 1 });
    return of(frame, frame);
  },
};

function contextFor(events: SourceEvent[]): SourceContext {
  return {
    camera: 'test',
    pool: new SharedFramePool(1),
    viewSize: 32,
    pace: 'live',
    onEvent: (event) => events.push(event),
  };
}

describe('ingest', () => {
  it('counts delivered and dropped frames, and passes events on', () => {
    const events: SourceEvent[] = [];
    const counts = new IngestCounts();
    const delivered: Frame[] = [];
    ingest(source, contextFor(events), counts).subscribe((each) => delivered.push(each));
    expect(delivered).toEqual([frame, frame]);
    expect(counts.delivered).toBe(2);
    expect(counts.dropped).toEqual({ 'pool-full': 2, corrupt: 1 });
    expect(counts.captured).toBe(5);
    expect(events).toHaveLength(2);
  });

  it('has counted a frame before the subscriber sees it', () => {
    const counts = new IngestCounts();
    const seen: number[] = [];
    ingest(source, contextFor([]), counts).subscribe(() => seen.push(counts.captured));
    expect(seen).toEqual([4, 5]);
  });

  it('goes on counting when it is subscribed to again', () => {
    const counts = new IngestCounts();
    const frames = ingest(source, contextFor([]), counts);
    frames.subscribe();
    frames.subscribe();
    expect(counts.captured).toBe(10);
  });

  it('passes on an error of the source', () => {
    const failing: Source = { ...source, open: () => throwError(() => new Error('gone')) };
    let message = '';
    ingest(failing, contextFor([])).subscribe({
      error: (error: unknown) => (message = String(error)),
    });
    expect(message).toBe('Error: gone');
  });
});
