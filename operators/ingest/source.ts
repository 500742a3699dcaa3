import type { ErrorCode } from '../foundation/errors/error-codes.ts';
import type { Observable } from 'rxjs';
import type { FramePool } from './frames/frame-pool.ts';
import type { Frame } from './frames/frame.ts';

/** Why a captured frame did not reach the detector. */
export type DropReason = 'pool-full' | 'stale' | 'corrupt' | 'paused' | 'shutdown';

/** What a source tells besides its frames. */
export type SourceEvent =
  | {
      readonly type: 'opened';
      readonly detail: string;
      readonly width: number;
      readonly height: number;
      readonly fps: number | null;
    }
  | {
      readonly type: 'lost';
      readonly reason: string;
      readonly retryInMs: number;
      readonly attempt: number;
    }
  | { readonly type: 'dropped'; readonly reason: DropReason; readonly count: number };

export interface SourceContext {
  readonly camera: string;
  readonly pool: FramePool;
  /** Side of the detector's square view, in pixels. */
  readonly viewSize: number;
  /**
   * `live`: frames come at their own speed, and a full pool costs the frame.
   * `demand`: frames come as fast as the pool hands out buffers, and none is lost.
   */
  readonly pace: 'live' | 'demand';
  readonly onEvent: (event: SourceEvent) => void;
}

/**
 * Somewhere frames come from. `open` starts capturing on subscription, completes
 * at the source's end, errors with a {@link SourceError} where it can't go on, and
 * on unsubscription leaves no process, timer or file handle behind.
 */
export interface Source {
  readonly kind: 'file' | 'rtsp' | 'http' | 'webcam' | 'folder' | 'world';
  /** False for sources that end (a file once, a folder once). */
  readonly endless: boolean;
  open(context: SourceContext): Observable<Frame>;
}

/** A source that can't be opened or can't go on; `message` is one line for a person. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: ErrorCode<'SourceError'>;
  readonly source: string;
  constructor(code: SourceError['code'], source: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.source = source;
  }
}
