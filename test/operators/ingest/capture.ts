import { take } from 'rxjs';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { SharedFramePool } from '../../../operators/ingest/frames/shared-frame-pool.ts';
import type { Source, SourceContext, SourceEvent } from '../../../operators/ingest/source.ts';

/** What is left of a frame after its release. */
export interface Captured {
  readonly index: number;
  readonly timestampMs: number;
  readonly first: number;
}

export interface Capture {
  readonly frames: Captured[];
  readonly events: SourceEvent[];
  readonly pool: SharedFramePool;
  /** Null while it runs. */
  outcome: 'complete' | 'enough' | Error | null;
}

export interface CaptureOptions extends Partial<Pick<SourceContext, 'pace' | 'viewSize'>> {
  /** Unsubscribes after so many frames. */
  readonly enough?: number;
  readonly slots?: number;
  /** Gets each frame before it is released. */
  readonly look?: (frame: Frame) => void;
  /** Whether to give frames back. Default true. */
  readonly release?: boolean;
  /** Keeps each frame for so many ms before giving it back. Default: not at all. */
  readonly holdMs?: number;
  readonly onEvent?: (event: SourceEvent) => void;
}

/** Opens a source and takes its frames until it ends or there are enough. */
export function capture(source: Source, options: CaptureOptions = {}): Promise<Capture> {
  const { pace = 'demand', viewSize = 32, enough = Infinity, slots = 3, release = true } = options;
  const result: Capture = {
    frames: [],
    events: [],
    pool: new SharedFramePool(slots),
    outcome: null,
  };
  return new Promise((resolve) => {
    const onEvent = (event: SourceEvent): void => {
      result.events.push(event);
      options.onEvent?.(event);
    };
    const end = (outcome: NonNullable<Capture['outcome']>): void => {
      result.outcome = outcome;
      resolve(result);
    };
    const context = { camera: 'test', pool: result.pool, viewSize, pace, onEvent };
    const frames = source.open(context).pipe(take(enough));
    frames.subscribe({
      next: (frame) => {
        const { index, timestampMs } = frame;
        result.frames.push({ index, timestampMs, first: frame.full[0]! });
        options.look?.(frame);
        if (options.holdMs !== undefined) setTimeout(() => frame.release(), options.holdMs);
        else if (release) frame.release();
      },
      error: (error: unknown) => end(error as Error),
      complete: () => end(result.frames.length === enough ? 'enough' : 'complete'),
    });
  });
}

/** Frames that were lost, by the source's own count. */
export function droppedBy(result: Capture, reason?: string): number {
  let dropped = 0;
  for (const event of result.events) {
    if (event.type === 'dropped' && (reason === undefined || event.reason === reason))
      dropped += event.count;
  }
  return dropped;
}

/** Resolves once `condition` holds; rejects after `withinMs`. */
export async function until(condition: () => boolean, withinMs = 5000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline)
      throw new Error(`not within ${String(withinMs)} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
