import { Observable, type Subscriber } from 'rxjs';
import { type DetectionClaim, takeClaim } from '../../../operators/detect/detection-claim.ts';
import type { Detection } from '../../../operators/detect/detector-messages.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import { Discoverer } from '../../../operators/discover/discoverer.ts';
import type { CameraParts } from '../../../pipeline/application/camera.ts';
import { livePacing } from '../../../pipeline/application/pacing.ts';
import { configDefaults as config } from '../../../pipeline/configuration/config.ts';
import { EngineError } from '../../../operators/detect/engines/engine-error.ts';
import type { FramePool } from '../../../operators/ingest/frames/frame-pool.ts';
import type { Frame, TruthBox } from '../../../operators/ingest/frames/frame.ts';
import { SharedFramePool } from '../../../operators/ingest/frames/shared-frame-pool.ts';
import type { Source, SourceContext } from '../../../operators/ingest/source.ts';
import { makePeaks, type PeakRow } from '../../operators/detect/make-peaks.ts';
import { builtInSight, cropSize } from '../../../operators/detect/engines/engine.ts';
import { builtInLayout } from '../../../operators/detect/engines/embedding-layout.ts';

export const picture = { width: 64, height: 48, viewSize: 32 };

/** A frame of a pool, whose `inUse` shows whether the frame was released. */
export function takeFrame(
  pool: FramePool,
  index = 0,
  facts: { readonly timestampMs?: number; readonly truth?: readonly TruthBox[] } = {},
): Frame {
  const { width, height, viewSize } = picture;
  const slot = pool.tryAcquire(width, height, viewSize);
  if (slot === null) throw new Error('the pool is empty');
  const source = { sourceWidth: width, sourceHeight: height };
  const time = { timestampMs: index * 100, timeBasis: 'media' } as const;
  return slot.publish({ camera: 'yard', index, ...time, ...source, ...facts });
}

export function createPool(slots = 4): SharedFramePool {
  return new SharedFramePool(slots);
}

/**
 * What a camera is made of in tests: the default configuration, a source and a detector that the
 * test drives, and crops that take no time. `given` replaces any of it.
 */
export function cameraParts(given: Partial<CameraParts> = {}): CameraParts {
  return {
    name: 'yard',
    config: config.cameras['world']!,
    source: new ScriptedSource(),
    viewSize: 32,
    seeing: config.detect,
    track: config.track,
    detector: new ScriptedDetector(),
    learner: { cropSize: 160, embedCrops: () => Promise.resolve(new Float32Array(0)) },
    discoverer: new Discoverer(config.discover),
    headOf: () => emptyHead(),
    pacing: livePacing,
    recentFrames: 2,
    ...given,
  };
}

/** A camera that delivers frames when the test calls `shoot`. */
export class ScriptedSource implements Source {
  readonly kind = 'file';
  readonly endless = false;
  context!: SourceContext;
  opened = 0;
  closed = 0;
  #subscriber!: Subscriber<Frame>;
  #index = 0;

  open(context: SourceContext): Observable<Frame> {
    return new Observable((subscriber) => {
      this.opened++;
      this.context = context;
      this.#subscriber = subscriber;
      return () => this.closed++;
    });
  }

  get pool(): FramePool {
    return this.context.pool;
  }

  /** Takes pictures: delivered where the pool has room, else dropped as a live source does. */
  shoot(count = 1): void {
    for (let i = 0; i < count; i++) {
      const index = this.#index++;
      if (this.#subscriber.closed) return;
      if (this.pool.inUse === this.pool.slots) {
        this.context.onEvent({ type: 'dropped', reason: 'pool-full', count: 1 });
      } else this.#subscriber.next(takeFrame(this.pool, index));
    }
  }

  end(error?: Error): void {
    if (error === undefined) this.#subscriber.complete();
    else this.#subscriber.error(error);
  }
}

interface ScriptedCall {
  readonly claim: DetectionClaim | null;
  readonly resolve: (found: Detection | null) => void;
  readonly reject: (error: Error) => void;
  isBegun: boolean;
}

/** A detector that answers its calls in order, when the test calls `answer` or `fail`. */
export class ScriptedDetector {
  readonly parallel = 1;
  readonly describe = {
    name: 'onnx' as const,
    provider: 'cpu',
    reason: 'engine scripted',
    baseClasses: ['person'],
    viewSize: 320,
    sight: builtInSight,
    cropSize,
    embedding: builtInLayout,
  };
  readonly #calls: ScriptedCall[] = [];

  get asked(): number {
    return this.#calls.length;
  }

  detect(frame: object): Promise<Detection>;
  detect(frame: object, claim: DetectionClaim | null): Promise<Detection | null>;
  detect(_: object, claim: DetectionClaim | null = null): Promise<Detection | null> {
    return new Promise((resolve, reject) => {
      this.#calls.push({ claim, resolve, reject, isBegun: false });
      this.#beginFirst();
    });
  }

  async answer(peaks: readonly PeakRow[] = [], headVersion = 0): Promise<void> {
    const call = this.#calls.shift();
    this.#beginFirst();
    call?.resolve({ peaks: makePeaks(peaks), headVersion, detectMs: 2 });
    await settle();
  }

  async fail(code: 'failed' | 'died'): Promise<void> {
    const call = this.#calls.shift();
    this.#beginFirst();
    call?.reject(new EngineError(code, 'no luck'));
    await settle();
  }

  /** The first call is the one that the detector is at; it passes over withdrawn ones. */
  #beginFirst(): void {
    for (let first = this.#calls[0]; first?.isBegun === false; first = this.#calls[0]) {
      first.isBegun = first.claim === null || takeClaim(first.claim.cell);
      if (!first.isBegun) this.#calls.shift()?.resolve(null);
    }
  }
}

/** Runs all microtasks and immediates that are due. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}
