import { type DetectionClaim, takeClaim } from '../../../operators/detect/detection-claim.ts';
import type { Detection } from '../../../operators/detect/detector-messages.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { FakeDetector } from './fake-detector.ts';
import { makePeaks } from './make-peaks.ts';

/**
 * A detector that takes `detectMs` a frame, one after another, and passes over withdrawn ones, as
 * the detect worker does. `onBegin` is called as a frame's detection begins.
 */
export class SerialDetector {
  readonly describe = new FakeDetector().describe;
  readonly #detectMs: number;
  readonly #onBegin: (frame: Frame) => void;
  readonly #queue: (() => Promise<void>)[] = [];
  #isBusy = false;

  constructor(detectMs: number, onBegin: (frame: Frame) => void = () => undefined) {
    this.#detectMs = detectMs;
    this.#onBegin = onBegin;
  }

  detect(frame: object): Promise<Detection>;
  detect(frame: object, claim: DetectionClaim | null): Promise<Detection | null>;
  detect(frame: object, claim: DetectionClaim | null = null): Promise<Detection | null> {
    return new Promise((resolve) => {
      this.#queue.push(async () => {
        if (claim !== null && !takeClaim(claim.cell)) {
          resolve(null);
          return;
        }
        this.#onBegin(frame as Frame);
        const detectMs = this.#detectMs;
        await new Promise((done) => setTimeout(done, detectMs));
        resolve({ peaks: makePeaks([]), headVersion: 0, detectMs });
      });
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      await next();
    }
    this.#isBusy = false;
  }
}
