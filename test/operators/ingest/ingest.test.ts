import { of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { ingest } from '../../../operators/ingest/ingest.ts';
import { SharedFramePool } from '../../../operators/ingest/frames/shared-frame-pool.ts';
import type { Source, SourceContext, SourceEvent } from '../../../operators/ingest/source.ts';

const frame = { index: 0 } as Frame;

/** Delivers two frames and drops three. */
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

function errorOf(failing: Source): string {
  let message = '';
  ingest(failing, contextFor([])).subscribe({
    error: (error: unknown) => (message = String(error)),
  });
  return message;
}

describe('ingest', () => {
  it('emits the frames of the source and reports its events', () => {
    const events: SourceEvent[] = [];
    const delivered: Frame[] = [];
    ingest(source, contextFor(events)).subscribe((each) => delivered.push(each));
    expect(delivered).toEqual([frame, frame]);
    expect(events).toEqual([
      { type: 'dropped', reason: 'pool-full', count: 2 },
      { type: 'dropped', reason: 'corrupt', count: 1 },
    ]);
  });

  it('opens the source once per subscription, and not before', () => {
    const events: SourceEvent[] = [];
    const frames = ingest(source, contextFor(events));
    expect(events).toHaveLength(0);
    frames.subscribe();
    frames.subscribe();
    expect(events).toHaveLength(4);
  });

  it('passes on an error of the source', () => {
    expect(errorOf({ ...source, open: () => throwError(() => new Error('gone')) })).toBe(
      'Error: gone',
    );
  });

  it('errors when opening the source throws', () => {
    const failing: Source = {
      ...source,
      open: () => {
        throw new Error('no such camera');
      },
    };
    expect(errorOf(failing)).toBe('Error: no such camera');
  });
});
