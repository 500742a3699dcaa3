import { connect, delay, merge, NEVER, take, takeUntil, timer, type Observable } from 'rxjs';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { SharedFramePool } from '../../../operators/ingest/frames/shared-frame-pool.ts';
import type { Source, SourceContext, SourceEvent } from '../../../operators/ingest/source.ts';

/** Values of a frame that stay valid after its release. */
export interface Captured {
  readonly index: number;
  readonly timestampMs: number;
  /** First byte of the full picture. */
  readonly first: number;
}

export interface Capture {
  readonly frames: Captured[];
  readonly events: SourceEvent[];
  readonly pool: SharedFramePool;
  /** How the capture ended; null while it runs. */
  outcome: 'complete' | 'limit' | Error | null;
}

export interface CaptureOptions extends Partial<Pick<SourceContext, 'pace' | 'viewSize'>> {
  /** Unsubscribes after this many frames. Default: no limit. */
  readonly framesMax?: number;
  /** Unsubscribes this many ms after the first frame, or after a minute without. Default: never. */
  readonly untilMs?: number;
  readonly slots?: number;
  /** Called with each frame before its release. */
  readonly onFrame?: (frame: Frame) => void;
  /** Whether to release the frames. Default true. */
  readonly release?: boolean;
  /** Delay before a frame is released, in ms. Default: released at once. */
  readonly holdMs?: number;
  readonly onEvent?: (event: SourceEvent) => void;
}

/** Opens a source and collects its frames until it ends or `framesMax` is reached. */
export function capture(source: Source, options: CaptureOptions = {}): Promise<Capture> {
  const {
    pace = 'demand',
    viewSize = 32,
    framesMax = Infinity,
    untilMs,
    slots = 3,
    release = true,
  } = options;
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
    const timeUp = (shared: Observable<Frame>) =>
      untilMs === undefined
        ? NEVER
        : merge(shared.pipe(take(1), delay(untilMs)), timer(60_000 + untilMs));
    const frames = source.open(context).pipe(
      take(framesMax),
      connect((shared) => shared.pipe(takeUntil(timeUp(shared)))),
    );
    frames.subscribe({
      next: (frame) => {
        const { index, timestampMs } = frame;
        result.frames.push({ index, timestampMs, first: frame.full[0]! });
        options.onFrame?.(frame);
        if (options.holdMs !== undefined) setTimeout(() => frame.release(), options.holdMs);
        else if (release) frame.release();
      },
      error: (error: unknown) => end(error as Error),
      complete: () => end(result.frames.length === framesMax ? 'limit' : 'complete'),
    });
  });
}

/** Number of frames that the source reported as dropped, of one `reason` or of all. */
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
