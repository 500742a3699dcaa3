import { Subscription, type Observer } from 'rxjs';
import { messageOf } from '../../../foundation/errors/message-of.ts';
import type { Frame } from '../../frames/frame.ts';
import { SharedFramePool } from '../../frames/shared-frame-pool.ts';
import type { Source, SourceContext, SourceEvent } from '../../source.ts';
import { emitFrame } from '../acquire-slot.ts';
import { reopenBackoffMs } from '../live-camera.ts';
import { MainFrames, mainFramesMax, type Received } from './main-frames.ts';
import { proportionsNote } from './proportions-note.ts';

export interface PairingParts {
  readonly detect: Source;
  readonly main: Source;
  readonly context: SourceContext;
  readonly toleranceMs: number;
  readonly observer: Pick<Observer<Frame>, 'next' | 'error' | 'complete'>;
}

/** Pictures in a row without a counterpart that are worth a notice. */
const unmatchedMax = 50;

/** Pictures for detection that wait for their counterparts. */
const waitingMax = 4;
/** Slots of a stream beyond the pictures that wait: the one being filled, and the one at work. */
const furtherSlots = 2;
/** How long the main stream may take to open before detection goes on without it. */
const mainOpenMsMax = 5000;
/** Nothing is sought in the main pictures. */
const mainViewSize = 16;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** One subscription of a `pairedSource`. */
export class Pairing {
  readonly #parts: PairingParts;
  readonly #ending = new AbortController();
  readonly #subscription = new Subscription();
  readonly #mainFrames = new MainFrames();
  /** `opening` until its first frame or failure. */
  #main: 'opening' | 'open' | 'lost' = 'opening';
  #mainSize: Size | null = null;
  /** Whether the log says that the main stream is lost. */
  #isLossNoted = false;
  /** When the main stream came back, in ms; null while it is lost, and until it was. */
  #returnedMs: number | null = null;
  #mainDetail = '';
  readonly #waiting: Received[] = [];
  #hasDetectEnded = false;
  #isDetectOpen = false;
  #isDraining = false;
  #timer: NodeJS.Timeout | undefined;
  /** Sizes whose proportions have been looked at. */
  #compared = '';
  #unmatched = 0;
  #isMismatchNoted = false;

  constructor(parts: PairingParts) {
    this.#parts = parts;
  }

  /** Opens the main stream and, once it has opened or failed, the other. */
  start(): void {
    const { main, context } = this.#parts;
    // A recording waits for the pictures that it is asked for; a camera does not.
    const isRecording = main.kind === 'file' || main.kind === 'folder' || !main.endless;
    const pace = isRecording ? 'demand' : context.pace;
    const inner = {
      ...context,
      pace,
      pool: new SharedFramePool(mainFramesMax + (pace === 'live' ? furtherSlots : 0)),
      viewSize: mainViewSize,
      viewSizes$: undefined,
      onEvent: (event: SourceEvent) => this.#onMainEvent(event),
    };
    this.#timer = setTimeout(() => this.#openDetect(), mainOpenMsMax);
    this.#subscription.add(
      main.open(inner).subscribe({
        next: (frame) => this.#onMainFrame(frame),
        error: (error: unknown) => this.#onMainEnd(error),
        complete: () => this.#onMainEnd(null),
      }),
    );
  }

  /** Closes both streams and releases all frames. */
  end(): void {
    this.#ending.abort();
    clearTimeout(this.#timer);
    this.#subscription.unsubscribe();
    for (const { frame } of this.#waiting.splice(0)) frame.release();
    this.#mainFrames.clear();
  }

  #openDetect(): void {
    if (this.#isDetectOpen || this.#ending.signal.aborted) return;
    this.#isDetectOpen = true;
    clearTimeout(this.#timer);
    const { detect, context, observer } = this.#parts;
    const pool = new SharedFramePool(waitingMax + furtherSlots);
    const onEvent = (event: SourceEvent): void => this.#onDetectEvent(event);
    this.#subscription.add(
      detect.open({ ...context, pool, onEvent }).subscribe({
        next: (frame) => {
          this.#waiting.push({ frame, receivedMs: performance.now() });
          void this.#drain();
        },
        error: (error: unknown) => observer.error(error),
        complete: () => {
          this.#hasDetectEnded = true;
          void this.#drain();
        },
      }),
    );
  }

  #onDetectEvent(event: SourceEvent): void {
    const { onEvent } = this.#parts.context;
    if (event.type !== 'opened' || this.#mainSize === null) {
      onEvent(event);
      return;
    }
    const detail = `${event.detail} for detection, pictures of ${this.#mainDetail}`;
    onEvent({ ...event, ...this.#mainSize, detail });
  }

  #onMainEvent(event: SourceEvent): void {
    if (event.type === 'notice') this.#parts.context.onEvent(event);
    if (event.type === 'opened') this.#mainDetail = event.detail;
    if (event.type !== 'lost') return;
    this.#mainFrames.clear();
    this.#loseMain(`is lost (${event.reason})`);
  }

  #onMainFrame(frame: Frame): void {
    const nowMs = performance.now();
    if (this.#main === 'lost') this.#returnedMs = nowMs;
    this.#main = 'open';
    // A stream that breaks again and again has not returned: two lines for each attempt tell less.
    if (this.#isLossNoted && nowMs - this.#returnedMs! >= reopenBackoffMs.stable) {
      this.#isLossNoted = false;
      this.#notice('delivers pictures again');
    }
    this.#mainSize = { width: frame.sourceWidth, height: frame.sourceHeight };
    this.#mainFrames.push({ frame, receivedMs: nowMs });
    this.#openDetect();
    void this.#drain();
  }

  #onMainEnd(error: unknown): void {
    // A source that never worked is a mistake in the configuration. The last frames still serve.
    if (error !== null && this.#mainSize === null) this.#parts.observer.error(error);
    else this.#loseMain(error === null ? 'has ended' : `has ended (${messageOf(error)})`);
  }

  /** Goes on without the main stream until it delivers again. */
  #loseMain(how: string): void {
    // An outage is reported once, and the end of a recording, which ends the other too, not at all.
    if (!this.#isLossNoted && this.#parts.detect.endless) {
      this.#isLossNoted = true;
      this.#notice(`${how}, and crops and thumbnails are of the other`);
    }
    this.#main = 'lost';
    this.#openDetect();
    void this.#drain();
  }

  #notice(how: string): void {
    this.#parts.context.onEvent({ type: 'notice', text: `the main stream ${how}` });
  }

  /** Emits the waiting pictures, in order, as far as their counterparts are known. */
  async #drain(): Promise<void> {
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (let head = this.#waiting[0]; head !== undefined; head = this.#waiting[0]) {
      if (!this.#isReady(head)) break;
      this.#waiting.shift();
      await this.#emit(head);
      if (this.#ending.signal.aborted) return;
    }
    this.#isDraining = false;
    if (this.#hasDetectEnded && this.#waiting.length === 0) this.#parts.observer.complete();
  }

  /** Whether no nearer main picture is to be waited for; else comes back when its time is up. */
  #isReady(head: Received): boolean {
    this.#mainFrames.releaseBefore(head);
    if (this.#main !== 'open' || this.#mainFrames.reaches(head)) return true;
    if (this.#parts.context.pace === 'demand') return false;
    const leftMs = head.receivedMs + this.#parts.toleranceMs - performance.now();
    if (leftMs <= 0 || this.#waiting.length > waitingMax) return true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#drain(), leftMs);
    return false;
  }

  async #emit(head: Received): Promise<void> {
    const { context, observer, toleranceMs } = this.#parts;
    const { signal } = this.#ending;
    const maxMs = toleranceMs + this.#mainFrames.intervalMs;
    const match = this.#mainFrames.nearest(head, maxMs);
    match?.retain();
    this.#noteMatch(match !== null);
    try {
      const picture = match ?? head.frame;
      const out = { emit: (frame: Frame) => observer.next(frame), signal };
      const { viewSize } = head.frame;
      await emitFrame(context, { ...sizeOf(picture), viewSize }, out, ({ full, view }) => {
        full.set(picture.full);
        view.set(head.frame.view);
        const { camera, index, timestampMs, timeBasis, sourceWidth, sourceHeight } = head.frame;
        const own = { width: sourceWidth, height: sourceHeight };
        const { width, height } = this.#mainSize ?? own;
        this.#compare(own, { width, height });
        const size =
          match === null
            ? { sourceWidth: width, sourceHeight: height }
            : { sourceWidth: match.sourceWidth, sourceHeight: match.sourceHeight };
        return { camera, index, timestampMs, timeBasis, ...size };
      });
    } catch (error) {
      // The wait for a slot ends with the subscription.
      if (!signal.aborted) observer.error(error);
    } finally {
      match?.release();
      head.frame.release();
    }
  }

  /** Says so, once, where the streams deliver but hardly ever at the same time. */
  #noteMatch(isMatched: boolean): void {
    this.#unmatched = isMatched || this.#main !== 'open' ? 0 : this.#unmatched + 1;
    if (this.#unmatched !== unmatchedMax || this.#isMismatchNoted) return;
    this.#isMismatchNoted = true;
    const text = `the last ${unmatchedMax} pictures had none of the main stream near them in time: crops and thumbnails are of the other`;
    this.#parts.context.onEvent({ type: 'notice', text });
  }

  /** Says so, once for each pair of sizes, where one picture cannot be the other made smaller. */
  #compare(detect: Size, main: Size): void {
    const sizes = [detect.width, detect.height, main.width, main.height].join(' ');
    if (sizes === this.#compared) return;
    this.#compared = sizes;
    const text = proportionsNote(detect, main);
    if (text !== null) this.#parts.context.onEvent({ type: 'notice', text });
  }
}

function sizeOf({ width, height }: Size): Size {
  return { width, height };
}
