import type { ErrorCode } from '../foundation/errors/error-codes.ts';
import type { Observable } from 'rxjs';
import type { FramePool } from './frames/frame-pool.ts';
import type { Frame } from './frames/frame.ts';
import type { ViewPlan } from './frames/view-plan.ts';

/**
 * Why a captured frame was dropped before detection. `learning`: labels have waited too long for
 * the processor. `still`: nothing had changed since the last detected frame.
 */
export type DropReason =
  'pool-full' | 'stale' | 'still' | 'corrupt' | 'paused' | 'learning' | 'shutdown';

/**
 * How frames are paced, from the source to the detector.
 *
 * `live`: frames arrive in real time, and a frame is dropped when no buffer is free.
 * `demand`: frames are produced as fast as buffers become free, and none is dropped.
 */
export type Pace = 'live' | 'demand';

/** Events of a source other than frames. */
export type SourceEvent =
  | {
      readonly type: 'opened';
      /** The source in words, without passwords. */
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
  /** A line for the log, without passwords: what the user can mend, and frames go on without. */
  | { readonly type: 'notice'; readonly text: string }
  /** The camera answers, but its picture is the one before. */
  | { readonly type: 'unchanged' }
  | { readonly type: 'dropped'; readonly reason: DropReason; readonly count: number };

/** What a source needs to produce the frames of one camera. */
export interface SourceContext {
  readonly camera: string;
  readonly pool: FramePool;
  /** How the detector's view of each picture is made; `viewOf` says it for a picture's size. */
  readonly viewSize: ViewPlan;
  /**
   * The sizes of views from here on, first `viewSize` itself. A live camera is opened anew for each
   * further one; other sources keep the first. Never errors. Default: none but `viewSize`.
   */
  readonly viewSizes$?: Observable<ViewPlan> | undefined;
  readonly pace: Pace;
  /** Called when the source opens or is lost, for dropped frames, and for notices. */
  readonly onEvent: (event: SourceEvent) => void;
}

/**
 * A producer of frames: a camera, a recording, a folder of images or a simulation.
 *
 * `open` starts capturing on subscription, completes at the end of the source, and errors with a
 * {@link SourceError} when it cannot continue. Unsubscribing ends its processes and timers and
 * closes its files.
 */
export interface Source {
  readonly kind: 'file' | 'rtsp' | 'http' | 'webcam' | 'folder' | 'world' | 'custom';
  /** False for sources that end (a file once, a folder once). */
  readonly endless: boolean;
  /** True where each picture stands alone, so that one sight of an object has to do. */
  readonly still?: boolean;
  /** The frames, one owner each: the subscriber. */
  open(context: SourceContext): Observable<Frame>;
}

/** A source that cannot be opened or cannot continue; `message` is one line for users. */
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
