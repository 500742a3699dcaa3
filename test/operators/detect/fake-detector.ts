import { type DetectionClaim, takeClaim } from '../../../operators/detect/detection-claim.ts';
import type { DetectorFrame } from '../../../operators/detect/detector.ts';
import type { Detection } from '../../../operators/detect/detector-messages.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { makePeaks } from './make-peaks.ts';
import { builtInSight, cropSize } from '../../../operators/detect/engines/engine.ts';
import { builtInLayout } from '../../../operators/detect/engines/embedding-layout.ts';

/** A frame without pixels that counts its releases. */
export interface TestFrame extends Frame {
  released: number;
}

export function makeFrame(index: number): TestFrame {
  const frame: TestFrame = {
    camera: 'door',
    index,
    timestampMs: index * 40,
    timeBasis: 'media',
    sourceWidth: 200,
    sourceHeight: 100,
    full: new Uint8Array(0),
    width: 0,
    height: 0,
    view: new Uint8Array(0),
    viewSize: 100,
    released: 0,
    retain: () => undefined,
    release: () => {
      frame.released++;
    },
  };
  return frame;
}

interface FakeCall {
  readonly claim: DetectionClaim | null;
  readonly resolve: (detection: Detection | null) => void;
  readonly reject: (error: unknown) => void;
  isBegun: boolean;
}

/**
 * A detector that resolves its calls when the test tells it to, in any order. The oldest one that
 * is unanswered has begun; later ones can be withdrawn.
 */
export class FakeDetector {
  readonly describe = {
    name: 'onnx' as const,
    provider: 'cpu',
    reason: '',
    baseClasses: ['person'],
    viewSize: 320,
    sight: builtInSight,
    cropSize,
    embedding: builtInLayout,
  };
  /** Indices of the frames passed to `detect`. */
  readonly received: number[] = [];
  readonly #calls = new Map<number, FakeCall>();

  detect(frame: DetectorFrame): Promise<Detection>;
  detect(frame: DetectorFrame, claim: DetectionClaim | null): Promise<Detection | null>;
  detect(frame: DetectorFrame, claim: DetectionClaim | null = null): Promise<Detection | null> {
    const { index } = frame as Frame;
    this.received.push(index);
    return new Promise((resolve, reject) => {
      this.#calls.set(index, { claim, resolve, reject, isBegun: false });
      this.#beginOldest();
    });
  }

  async answer(index: number, headVersion = 0): Promise<void> {
    const peaks = makePeaks([{ box: [10, 10, 20, 20], objectness: 0.5, baseScore: 0.5 }]);
    this.#take(index)?.resolve({ peaks, headVersion, detectMs: 3 });
    await settled();
  }

  async fail(index: number, error: unknown): Promise<void> {
    this.#take(index)?.reject(error);
    await settled();
  }

  #take(index: number): FakeCall | undefined {
    const call = this.#calls.get(index);
    this.#calls.delete(index);
    this.#beginOldest();
    return call;
  }

  #beginOldest(): void {
    for (const [index, call] of this.#calls) {
      if (call.isBegun) return;
      if (call.claim === null || takeClaim(call.claim.cell)) {
        call.isBegun = true;
        return;
      }
      this.#calls.delete(index);
      call.resolve(null);
    }
  }
}

/** Lets promise callbacks run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
